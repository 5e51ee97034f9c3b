/** The door of ocpp-xs: the charge point, what a wallbox implements, what a platform implements. Nothing else is public. */

export type * from './callbacks.ts';
export { answerDeadline } from './callbacks.ts';
export { ChargePoint } from './charge-point.ts';
export type * from './host.ts';

/** Entry of the measured XS machine. */
import { type Bridge, startDevice } from './device.ts';

declare const bridge: Bridge;
declare const onBridge: (handler: (name: string, ...values: unknown[]) => unknown) => void;

export default function main(): void {
  startDevice(bridge, onBridge as never);
}

/** The Reservation profile: ReserveNow and CancelReservation (OCPP 1.6 5.1, 5.13). Who may use a reserved connector: access/reservations.ts. */

import { keepReservation, type Reservation, reservationRefusal } from '../access/reservations.ts';
import type { ReservationStatus } from '../callbacks.ts';
import type { Kernel } from '../kernel.ts';
import { ReservationStatus as statuses } from '../wire/generated/tables.ts';
import { parseTime } from '../wire/time.ts';
import type { ReceivedRequest } from '../wire/types.ts';

/** The core looks first, then the wallbox is asked; its answer is the status, and only Accepted is kept (protocol.md section 1). */
export function onReserveNow(cp: Kernel, id: string, request: ReceivedRequest<'ReserveNow'>): void {
  const { connectorId, idTag, parentIdTag, reservationId } = request;
  const expiry = parseTime(request.expiryDate) ?? 0;
  const wanted: Reservation = { id: reservationId, connector: connectorId, expiry, idTag, parentIdTag };
  const refusal = reservationRefusal(cp, wanted);
  if (refusal !== undefined) return cp.session.reply(id, { status: refusal });
  cp.gate.whenAnswered<ReservationStatus>(
    () => cp.callbacks.reserveNow?.(reservationId, connectorId, expiry, idTag, parentIdTag) ?? 'Rejected',
    'Rejected',
    (status) => cp.session.reply(id, { status: status === 'Accepted' && cp.coreAuthorizes ? accept(cp, wanted) : status }),
    statuses,
  );
}

/** Stored before it is answered. The wallbox may have taken its time: what happened meanwhile counts. */
function accept(cp: Kernel, wanted: Reservation): ReservationStatus {
  let status: ReservationStatus = reservationRefusal(cp, wanted) ?? 'Accepted';
  if (status === 'Accepted') {
    try {
      keepReservation(cp, wanted);
    } catch (error) {
      cp.host.log('error', `A reservation could not be stored: ${error}`);
      status = 'Rejected';
    }
  }
  if (status !== 'Accepted') informWallbox(cp, wanted.id);
  return status;
}

function informWallbox(cp: Kernel, reservationId: number): void {
  cp.gate.inform(() => cp.callbacks.cancelReservation?.(reservationId));
}

/** With core authorization the core knows; else the wallbox does. */
export function onCancelReservation(cp: Kernel, id: string, request: ReceivedRequest<'CancelReservation'>): void {
  const { reservationId } = request;
  if (cp.coreAuthorizes) {
    const isKnown = cp.authorizer.reservations?.cancel(reservationId) ?? false;
    cp.session.reply(id, { status: isKnown ? 'Accepted' : 'Rejected' });
    return;
  }
  cp.gate.whenAnswered(
    () => cp.callbacks.cancelReservation?.(reservationId) ?? false,
    false,
    (isCancelled) => cp.session.reply(id, { status: isCancelled ? 'Accepted' : 'Rejected' }),
  );
}

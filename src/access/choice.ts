/** Which connector does this card or remote start mean? Pure functions over facts, so that the ruling stands in one place (protocol.md sections 6, 8, 9). */

/** What is known of a connector for somebody who wants to charge. */
export interface Place {
  readonly id: number;
  readonly plugged: boolean;
  /**
   * `open`: he may begin here. `unsure`: a reservation is in his way unless Authorize tells the right parent. `taken`: by somebody else's
   * transaction, authorization or reservation, or by a car that somebody else left. `out`: it may not supply, or soon will not.
   */
  readonly state: 'open' | 'unsure' | 'taken' | 'out';
  /** A transaction has ended here, or ConnectionTimeOut has; the cable is still in. */
  readonly isFinishing: boolean;
  /** A reservation of his holds this connector by its number. */
  readonly isReservedForHim: boolean;
  /** Somebody who came first is being asked about for the car here, or waits for the next plug here. */
  readonly isWanted: boolean;
}

/** `begin`: at this connector, now or as soon as the cable is in. `wait`: at whichever of them is plugged next. */
export type Choice =
  | { readonly act: 'begin'; readonly connector: number }
  | { readonly act: 'wait'; readonly connectors: readonly number[] }
  | { readonly act: 'nothing' };

/** Instead of a connector: no car was plugged in when he came, or his has left since. */
export const noCar = 0;
export const carHasLeft = -1;

/** The connector of the car that he stands at: his reservation's, else the lowest one that nobody else is being asked about; `noCar`: none. */
export function carOf(places: readonly Place[]): number {
  const cars = places.filter(({ plugged, state }) => plugged && (state === 'open' || state === 'unsure'));
  return (best(cars.filter(({ isWanted }) => !isWanted)) ?? best(cars))?.id ?? noCar;
}

/** Where he begins once he is accepted. `car`: of `carOf` when he came, or what was plugged in since. `places` in the order of their numbers. */
export function choiceOf(places: readonly Place[], car: number): Choice {
  const own = places.find(({ id }) => id === car);
  // His car cannot charge: nobody else's may do so for him.
  if (car === carHasLeft || own?.state === 'out') return { act: 'nothing' };
  if (own?.state === 'open') return { act: 'begin', connector: own.id };
  const free = places.filter(({ state, isWanted }) => state === 'open' && !isWanted);
  // What is reserved for him, unless he has plugged in elsewhere.
  const chosen = best(free.filter(({ plugged }) => plugged)) ?? free.find(({ isReservedForHim }) => isReservedForHim);
  if (chosen) return { act: 'begin', connector: chosen.id };
  const [only] = free;
  if (only === undefined) return { act: 'nothing' };
  if (free.length === 1) return { act: 'begin', connector: only.id };
  return { act: 'wait', connectors: free.map(({ id }) => id) };
}

/** Of cars, the one that is most likely his; the lowest of equals. */
function best(places: readonly Place[]): Place | undefined {
  let found: Place | undefined;
  for (const place of places) if (found === undefined || rankOf(place) < rankOf(found)) found = place;
  return found;
}

function rankOf({ state, isReservedForHim, isFinishing }: Place): number {
  if (isReservedForHim) return 0;
  if (state === 'unsure') return 3;
  return isFinishing ? 2 : 1;
}

/** Which connector does this card or remote start mean? One pure function over facts, so that the ruling stands in one place (protocol.md sections 6, 8, 9). */

/** A connector where the user may begin: nobody is in his way, and no reservation of somebody else holds it. */
export interface Place {
  readonly id: number;
  readonly plugged: boolean;
  /** A reservation of his holds this connector by its number. */
  readonly isReservedForHim: boolean;
}

/** `begin`: at this connector, now or as soon as the cable is in. `wait`: at whichever of them is plugged next. */
export type Choice =
  | { readonly act: 'begin'; readonly connector: number }
  | { readonly act: 'wait'; readonly connectors: readonly number[] }
  | { readonly act: 'nothing' };

/** `places` in the order of their numbers. */
export function choiceOf(places: readonly Place[]): Choice {
  const plugged = places.find((place) => place.plugged);
  const reserved = places.find((place) => place.isReservedForHim);
  // What is reserved for him, unless he has plugged in elsewhere.
  if (reserved && (reserved.plugged || plugged === undefined)) return { act: 'begin', connector: reserved.id };
  if (plugged) return { act: 'begin', connector: plugged.id };
  const [only] = places;
  if (only === undefined) return { act: 'nothing' };
  if (places.length === 1) return { act: 'begin', connector: only.id };
  return { act: 'wait', connectors: places.map(({ id }) => id) };
}

/** Text for the bridge: JSON in which undefined survives. */

const marker = '\u0001undefined';

export function toText(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => (inner === undefined ? marker : inner));
}

export function fromText(text: string): unknown {
  return restored(JSON.parse(text));
}

function restored(value: unknown): unknown {
  if (value === marker) return undefined;
  if (typeof value !== 'object' || value === null) return value;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    if (holder[key] !== marker) holder[key] = restored(holder[key]);
    else if (Array.isArray(value)) holder[key] = undefined;
    else delete holder[key];
  }
  return value;
}

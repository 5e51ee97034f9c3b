/** Frames and lines for people to read, without the secrets in them. */

/** A frame as a trace may show it: what sets AuthorizationKey is masked whole, and so are passwords in URLs, however they are escaped. */
export function masked(text: string): string {
  if (namesAuthorizationKey(text) && !harmless.test(text)) return maskedCall(text);
  if (!mayHoldUrl.test(text)) return text;
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return maskedUrls(text.replaceAll('\\/', '/'));
  }
  const shown = maskedValue(frame);
  return shown === frame ? text : JSON.stringify(shown);
}

const mayHoldUrl = /:\\?\/|\\u00/i;

/** Every text in a value of lists and objects as `maskedUrls` shows it; the value itself when nothing has to be masked. */
export function maskedValue(value: unknown): unknown {
  if (typeof value === 'string') return maskedUrls(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const list = value.map(maskedValue);
    return list.every((item, index) => item === value[index]) ? value : list;
  }
  const entries = Object.entries(value).map(([name, item]) => [name, maskedValue(item)] as const);
  return entries.every(([name, item]) => item === (value as Record<string, unknown>)[name]) ? value : Object.fromEntries(entries);
}

/** `ftp://user:password@host` without the password, also when that has an `@` or a slash in it. */
export function maskedUrls(text: string): string {
  let shown = '';
  let rest = text;
  // A text that is nothing but a URL is read as URLs are: blanks and quotes may be in its password.
  let isWhole = /^\s*[a-z][a-z0-9+.-]*:\/\//i.test(text);
  for (let at = rest.indexOf('://'); at >= 0; at = rest.indexOf('://')) {
    const from = at + 3;
    shown += rest.slice(0, from);
    rest = rest.slice(from);
    const length = userLength(rest, isWhole);
    isWhole = false;
    if (length === 0) continue;
    shown += `${rest.slice(0, rest.indexOf(':'))}:***`;
    rest = rest.slice(length);
  }
  return shown + rest;
}

/** How long `user:password` is at the beginning of what follows `://`; 0: there is no password. */
function userLength(text: string, isWhole: boolean): number {
  const authority = (isWhole ? /^[^/?#\\]*/ : /^[^/?#\\\s"]*/).exec(text)?.[0] ?? '';
  const end = authority.lastIndexOf('@');
  if (end >= 0) return authority.slice(0, end).includes(':') ? end : 0;
  // A slash that should have been encoded: no port looks like that.
  const word = /^[^\s"]*/.exec(text)?.[0] ?? '';
  return /^[^/?#\\:]*:(?!\d*([/?#\\]|$))/.test(word) ? Math.max(0, word.lastIndexOf('@')) : 0;
}

/** JSON without the quotes that make it hard to read, in one line of bearable length. */
export function brief(payload: object): string {
  const text = JSON.stringify(payload)
    .replace(/"(\w+)":/g, '$1: ')
    .replace(/,/g, ', ');
  return text.length > 400 ? `${text.slice(0, 397)}...` : text;
}

/** Answers, and GetConfiguration, which names keys without values. */
const harmless = /^\s*\[\s*([34]\s*,|2\s*,\s*"[^"\\]*"\s*,\s*"GetConfiguration"\s*,)/;

/** However its letters are escaped. */
function namesAuthorizationKey(text: string): boolean {
  const plain = text.replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return plain.toLowerCase().includes('authorizationkey');
}

function maskedCall(text: string): string {
  const head = /^\s*\[\s*2\s*,\s*("(?:[^"\\]|\\.){0,36}")\s*,\s*("\w{1,64}")\s*,/.exec(text);
  return head ? `[2,${head[1]},${head[2]},"***"]` : '***';
}

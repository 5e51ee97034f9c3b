/** Frames and lines for people to read, without the secrets in them. */

/** A frame as a trace may show it: what sets AuthorizationKey is masked whole, and so are passwords in URLs. */
export function masked(text: string): string {
  if (namesAuthorizationKey(text) && !harmless.test(text)) return maskedCall(text);
  return maskedUrls(text);
}

/** `ftp://user:password@host` without the password. Slashes may be escaped as JSON allows. */
export function maskedUrls(text: string): string {
  return text.replace(/(:\\?\/\\?\/[^/\\\s"@:]*):[^/\\\s"@]+@/g, '$1:***@');
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

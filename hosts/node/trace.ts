/** Frames and lines for people to read, without the secrets in them. */

/** A frame as a trace may show it: what sets AuthorizationKey is masked whole, and so are passwords in URLs. */
export function masked(text: string): string {
  if (namesAuthorizationKey(text) && !/^\s*\[\s*[34]\s*,/.test(text)) return maskedCall(text);
  return maskedUrls(text);
}

/** `ftp://user:password@host` without the password. Slashes may be escaped as JSON allows. */
export function maskedUrls(text: string): string {
  return text.replace(/(:\\?\/\\?\/[^/\\\s"@:]*):[^/\\\s"@]+@/g, '$1:***@');
}

/** However its letters are escaped. GetConfiguration names it without a value, but is masked as well rather than the other way round. */
function namesAuthorizationKey(text: string): boolean {
  const plain = text.replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return plain.toLowerCase().includes('authorizationkey');
}

function maskedCall(text: string): string {
  const head = /^\s*\[\s*2\s*,\s*("(?:[^"\\]|\\.){0,36}")\s*,\s*("\w{1,64}")\s*,/.exec(text);
  return head ? `[2,${head[1]},${head[2]},"***"]` : '***';
}

/** One file from, or to, a URL: http, https, ftp, ftps and file. Each call is one attempt; who repeats it is transfers.ts. */

import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { type IncomingMessage, type RequestOptions, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { rootCertificates } from 'node:tls';
import { Client } from 'basic-ftp';
import { checkedPath, pathOfLocation } from './file-locations.ts';
import { privateMode } from './private-files.ts';

export interface TransferOptions {
  /** Ends the attempt; it then fails with an AbortError or any other error. */
  readonly signal: AbortSignal;
  /** Bytes so far, and all bytes if they are known. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void;
  /** PEM of further roots that https and ftps servers may have. */
  readonly ca?: string | undefined;
  /** The folder below which `file:` locations may lie (file-locations.ts); undefined: there are none. */
  readonly files?: string | undefined;
}

/** Milliseconds without a byte after which an attempt fails. */
const idleLimit = 30_000;
const mostRedirects = 5;
/** A larger file is no firmware for a wallbox, and could fill the disk. */
const largestFile = 512 * 1024 * 1024;

/** The protocols of SupportedFileTransferProtocols, and `file:` where it is allowed. */
export function isSupported(location: string, allowsFiles: boolean): boolean {
  return (allowsFiles ? /^(https?|ftps?|file):$/ : /^(https?|ftps?):$/).test(urlOf(location)?.protocol ?? '');
}

/**
 * The name that an uploaded file will have at a location: its last segment when that names a file, else `usual`. A location that ends with
 * `/` names a folder, and so does the last segment of an ftp location when it has no dot.
 */
export function uploadedName(location: string, usual: string): string {
  const url = urlOf(location);
  if (url === undefined || isFolder(url)) return usual;
  return decoded(basename(url.pathname));
}

/**
 * Brings the file of `location` to `path`. Over http a part that an earlier attempt left there is gone on with when the server still has
 * the same version of it. Throws an Error whose text names no secret.
 */
export async function download(location: string, path: string, options: TransferOptions): Promise<void> {
  const url = supportedUrl(location);
  mkdirSync(dirname(path), { recursive: true });
  if (url.protocol === 'file:') await copy(pathOfLocation(url, options.files), path, options);
  else if (url.protocol.startsWith('ftp')) await withFtp(url, options, (client) => downloadFtp(client, url, path));
  else await downloadHttp(url, path, options);
}

/** Forgets what was downloaded to `path`, parts included. */
export function forgetDownload(path: string): void {
  for (const each of [path, partOf(path), versionOf(path)]) rmSync(each, { force: true });
}

/** Puts `content` to `location`, under `name` when the location is a folder. PUT over http, STOR over ftp. */
export async function upload(location: string, name: string, content: Buffer, options: TransferOptions): Promise<void> {
  const url = supportedUrl(location);
  if (url.protocol === 'file:') await store(url, name, content, options);
  else if (url.protocol.startsWith('ftp')) await withFtp(url, options, (client) => uploadFtp(client, url, name, content));
  else await uploadHttp(url, name, content, options);
}

function urlOf(location: string): URL | undefined {
  return URL.canParse(location) ? new URL(location) : undefined;
}

function supportedUrl(location: string): URL {
  const url = urlOf(location);
  if (url === undefined || !isSupported(location, true)) throw new Error('the location is not an http, https, ftp, ftps or file URL');
  return url;
}

function isFolder(url: URL): boolean {
  if (url.pathname.endsWith('/')) return true;
  return url.protocol.startsWith('ftp') && !basename(url.pathname).includes('.');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function partOf(path: string): string {
  return path + '.part';
}

function versionOf(path: string): string {
  return path + '.version';
}

/** Counts bytes, tells of them, and refuses too many. */
async function* counted(source: AsyncIterable<Buffer>, from: number, total: number | undefined, options: TransferOptions) {
  let bytes = from;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > largestFile) throw new Error('the file is too large');
    options.onProgress?.(bytes, total);
    yield chunk;
  }
}

// Files.

async function copy(from: string, to: string, options: TransferOptions): Promise<void> {
  const total = statSync(from).size;
  await pipeline(createReadStream(from), (source) => counted(source, 0, total, options), createWriteStream(to, { mode: privateMode }), {
    signal: options.signal,
  });
}

async function store(url: URL, name: string, content: Buffer, options: TransferOptions): Promise<void> {
  const path = pathOfLocation(url, options.files);
  const isInFolder = isFolder(url) || (existsSync(path) && statSync(path).isDirectory());
  // What lies there already may be a link.
  const target = isInFolder ? checkedPath(join(path, name), options.files as string) : path;
  mkdirSync(dirname(target), { recursive: true });
  await pipeline(Readable.from([content]), createWriteStream(target, { mode: privateMode }), { signal: options.signal });
}

// HTTP.

/** The response to one request; redirects are followed. A PUT is only repeated elsewhere when the redirect says so (307, 308). */
async function respond(url: URL, method: 'GET' | 'PUT', headers: Record<string, string | number>, options: TransferOptions, body?: Buffer) {
  let target = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await exchange(target, method, headers, options, body);
    const { statusCode = 0 } = response;
    const { location } = response.headers;
    const follows = method === 'GET' ? [301, 302, 303, 307, 308] : [307, 308];
    if (!follows.includes(statusCode) || location === undefined) return response;
    response.resume();
    const next = new URL(location, target);
    // Who asked for https trusts nobody on the way: what is not encrypted may be anybody's.
    if (next.protocol !== 'https:' && next.protocol !== target.protocol)
      throw new Error(`redirected from ${target.protocol} to ${next.protocol}`);
    target = next;
  }
  throw new Error('redirected too often');
}

function exchange(url: URL, method: string, headers: Record<string, string | number>, options: TransferOptions, body?: Buffer) {
  const { signal, ca } = options;
  const auth = url.username === '' ? {} : { auth: `${decoded(url.username)}:${decoded(url.password)}` };
  const roots = url.protocol === 'https:' && ca !== undefined ? { ca: [...rootCertificates, ca] } : {};
  const settings: RequestOptions = { method, headers, signal, agent: false, timeout: idleLimit, ...auth, ...roots };
  return new Promise<IncomingMessage>((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestSecure : requestPlain)(url, settings, resolve);
    request.on('timeout', () => request.destroy(new Error('nothing was heard for 30 s')));
    request.on('error', reject);
    request.end(body);
  });
}

async function downloadHttp(url: URL, path: string, options: TransferOptions): Promise<void> {
  const version = existsSync(partOf(path)) && existsSync(versionOf(path)) ? readFileSync(versionOf(path), 'utf8') : undefined;
  const from = version === undefined ? 0 : statSync(partOf(path)).size;
  const response = await respond(url, 'GET', from > 0 ? { range: `bytes=${from}-`, 'if-range': version as string } : {}, options);
  const { statusCode, headers } = response;
  const isRest = statusCode === 206 && headers['content-range']?.startsWith(`bytes ${from}-`) === true;
  if (statusCode !== 200 && !isRest) {
    response.destroy();
    forgetDownload(path);
    throw new Error(`the server answered ${statusCode}`);
  }
  const start = isRest ? from : 0;
  const length = headers['content-length'];
  rememberVersion(path, headers.etag);
  const total = length === undefined ? undefined : start + Number(length);
  const file = createWriteStream(partOf(path), { flags: isRest ? 'a' : 'w', mode: privateMode });
  await pipeline(response, (source) => counted(source, start, total, options), file, { signal: options.signal });
  if (!response.complete) throw new Error('the connection was lost');
  complete(path);
}

/** Only a strong ETag tells that a rest belongs to a part. */
function rememberVersion(path: string, etag: string | undefined): void {
  if (etag?.startsWith('"')) writeFileSync(versionOf(path), etag);
  else rmSync(versionOf(path), { force: true });
}

/** The part is the whole. */
function complete(path: string): void {
  renameSync(partOf(path), path);
  rmSync(versionOf(path), { force: true });
}

async function uploadHttp(url: URL, name: string, content: Buffer, options: TransferOptions): Promise<void> {
  const target = new URL(url);
  if (isFolder(url)) target.pathname += encodeURIComponent(name);
  const headers = { 'content-type': 'application/gzip', 'content-length': content.length };
  const response = await respond(target, 'PUT', headers, options, content);
  const { statusCode = 0 } = response;
  response.resume();
  if (statusCode < 200 || statusCode > 299) throw new Error(`the server answered ${statusCode}`);
  options.onProgress?.(content.length, content.length);
}

// FTP.

async function withFtp(url: URL, options: TransferOptions, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client(idleLimit);
  const onAbort = () => client.close();
  options.signal.throwIfAborted();
  options.signal.addEventListener('abort', onAbort);
  try {
    await client.access({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? 21 : Number(url.port),
      ...(url.username === '' ? {} : { user: decoded(url.username), password: decoded(url.password) }),
      secure: url.protocol === 'ftps:' && (url.port === '990' ? 'implicit' : true),
      secureOptions: options.ca === undefined ? {} : { ca: [...rootCertificates, options.ca] },
    });
    client.trackProgress(({ bytes }) => {
      options.onProgress?.(bytes, undefined);
      if (bytes > largestFile) client.close();
    });
    await work(client);
    // Closed in the middle, the library may believe that the file was whole.
    options.signal.throwIfAborted();
  } finally {
    options.signal.removeEventListener('abort', onAbort);
    client.close();
  }
}

/** RFC 1738 3.2.2: relative to the folder of the login; `//` begins at the root. */
function ftpPath(url: URL): string {
  return decoded(url.pathname.slice(1));
}

async function downloadFtp(client: Client, url: URL, path: string): Promise<void> {
  await client.downloadTo(partOf(path), ftpPath(url));
  complete(path);
}

async function uploadFtp(client: Client, url: URL, name: string, content: Buffer): Promise<void> {
  const path = ftpPath(url);
  const folder = isFolder(url) ? path : dirname(path);
  if (folder !== '' && folder !== '.') await client.ensureDir(folder);
  await client.uploadFrom(Readable.from([content]), isFolder(url) ? name : basename(path));
}

/** Transfers of the desktop wallbox: real ones against servers on loopback, chosen ones, attempts and waits in virtual time, and power cuts. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { archiveOf, withoutSecrets } from '../../hosts/node/archive.ts';
import { Clock } from '../../hosts/node/clock.ts';
import { uploadedName } from '../../hosts/node/file-transfer.ts';
import { ChosenOutcomes, type TransferListener, Transfers } from '../../hosts/node/transfers.ts';

const image = Buffer.alloc(300_000, 'firmware ');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocpp-xs-transfers-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A wallbox around one `Transfers` after the other; everything it tells, in order. */
class Box {
  readonly clock = new Clock(true);
  readonly outcomes = new ChosenOutcomes();
  readonly directory = mkdtempSync(join(folder, 'state-'));
  readonly told: string[] = [];
  readonly logs: string[] = [];
  readonly ca: string | undefined;
  readonly allowsFiles: boolean;
  /** Called with each status, before the transfer goes on: what the station does on its stack. */
  onTold: ((status: string) => void) | undefined;
  transfers: Transfers;

  constructor(ca?: string, allowsFiles = true) {
    this.ca = ca;
    this.allowsFiles = allowsFiles;
    this.transfers = this.boot();
  }

  private boot(): Transfers {
    const { directory, clock, outcomes, ca, allowsFiles } = this;
    return new Transfers({ directory, clock, outcomes, listener: this.listener(), ca, allowsFiles });
  }

  private listener(): TransferListener {
    const tell = (status: string) => {
      this.told.push(`${Math.round(this.clock.now() / 1000)} ${status}`);
      this.onTold?.(status);
      if (status === 'Downloaded') this.transfers.allConnectorsUnavailable();
    };
    return {
      onFirmware: (_requestId, status) => tell(status),
      onLog: (requestId, status) => tell(requestId === -1 ? status : `${requestId} ${status}`),
      onTransfer: () => {},
      reboot: () => {
        this.told.push(`${Math.round(this.clock.now() / 1000)} reboot`);
        this.powerCycle();
      },
      collect: (kind, from, to) => [
        { name: 'log.txt', text: `GET ftp://user:secret@host/x\n{"key":"AuthorizationKey","value":"0123456789abcdef"}\n` },
        { name: 'span.txt', text: `${kind} ${from} ${to}` },
      ],
      log: (_level, text) => this.logs.push(text),
    };
  }

  powerCycle(): void {
    this.transfers.close();
    this.transfers = this.boot();
    this.transfers.resume();
  }

  update(location: string, more: object = {}): void {
    this.transfers.updateFirmware({ location, retrieveDate: this.clock.iso(), retries: 0, retryInterval: 60, ...more });
  }

  async pass(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1000, () => this.quiet());
  }

  async quiet(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.transfers.isBusy) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** The location of a file below the state directory. */
  at(path: string): string {
    return pathToFileURL(join(this.directory, path)).href;
  }

  fileWith(content: Buffer): string {
    mkdirSync(join(this.directory, 'sub'), { recursive: true });
    writeFileSync(join(this.directory, 'sub/image.bin'), content);
    return this.at('sub/image.bin');
  }

  get files(): string[] {
    return readdirSync(join(this.directory, 'transfers')).sort();
  }
}

/** `/firmware.bin` whole or in parts; `/broken.bin` breaks off the first time; PUT is kept. */
class WebServer {
  readonly requests: string[] = [];
  readonly stored = new Map<string, Buffer>();
  readonly server: Server;
  breaks = 0;
  etag = '"1"';
  /** Answers that hang until the test ends. */
  hangs = false;

  constructor(key?: string, cert?: string) {
    const listener = (request: IncomingMessage, response: ServerResponse) => this.onRequest(request, response);
    this.server = key === undefined ? createServer(listener) : createSecureServer({ key, cert }, listener);
  }

  private onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', method, headers } = request;
    this.requests.push(`${method} ${url} ${headers.range ?? ''}`.trim());
    if (method === 'PUT') {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        this.stored.set(url, Buffer.concat(parts));
        response.writeHead(url.includes('refused') ? 507 : 201).end();
      });
      return;
    }
    if (this.hangs) return;
    if (url === '/elsewhere') response.writeHead(302, { location: '/firmware.bin' }).end();
    else if (url === '/round') response.writeHead(302, { location: '/round' }).end();
    else if (url === '/private.bin' && headers.authorization !== `Basic ${btoa('me:s cret')}`) response.writeHead(401).end();
    else if (url.endsWith('.bin')) this.sendImage(headers, response);
    else response.writeHead(404).end('no');
  }

  private sendImage(headers: IncomingMessage['headers'], response: ServerResponse): void {
    const from = headers['if-range'] === this.etag ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
    const rest = image.subarray(from);
    const range = from > 0 ? { 'content-range': `bytes ${from}-${image.length - 1}/${image.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { etag: this.etag, 'content-length': rest.length, ...range });
    if (this.breaks-- > 0) response.write(rest.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 150));
    else response.end(rest);
  }
}

/** So much of RFC 959, 2428 and 4217 as a client needs that transfers one file in passive mode. */
class FtpServer {
  readonly commands: string[] = [];
  readonly files = new Map<string, Buffer>([['fw/image.bin', image]]);
  readonly folders = new Set<string>(['']);
  private readonly tls: { key: string; cert: string } | undefined;
  readonly server = createTcpServer((socket) => this.serve(socket));

  constructor(tls?: { key: string; cert: string }) {
    this.tls = tls;
  }

  private serve(plain: Socket): void {
    let control: Socket = plain;
    let folder = '';
    let data: Promise<Socket> | undefined;
    const say = (text: string) => control.write(text + '\r\n');
    const path = (name: string) => (name.startsWith('/') || folder === '' ? name.replace(/^\//, '') : `${folder}/${name}`);
    const commands: Record<string, (argument: string) => void> = {
      USER: () => say('331 who'),
      PASS: (password) => say(password === 'wrong' ? '530 no' : '230 in'),
      TYPE: () => say('200 ok'),
      AUTH: () => {
        if (!this.tls) return say('502 no');
        say('234 go');
        control = new TLSSocket(plain, { isServer: true, ...this.tls });
        control.on('data', read);
        control.on('error', () => {});
      },
      PBSZ: () => say('200 ok'),
      PROT: () => say('200 ok'),
      PWD: () => say(`257 "/${folder}"`),
      CWD: (name) => {
        if (!this.folders.has(path(name))) return say('550 no such folder');
        folder = path(name);
        say('250 ok');
      },
      MKD: (name) => {
        this.folders.add(path(name));
        say('257 made');
      },
      EPSV: () => {
        const listener = createTcpServer();
        data = new Promise((resolve) =>
          listener.once('connection', (socket) => {
            listener.close();
            socket.on('error', () => {});
            resolve(this.tls ? new TLSSocket(socket, { isServer: true, ...this.tls }) : socket);
          }),
        );
        listener.listen(0, '127.0.0.1', () => say(`229 here (|||${(listener.address() as AddressInfo).port}|)`));
      },
      RETR: (name) => {
        const content = this.files.get(path(name));
        if (!content) return say('550 no such file');
        say('150 coming');
        data?.then((socket) => socket.end(content, () => say('226 done')));
      },
      STOR: (name) => {
        say('150 come');
        data?.then((socket) => {
          const parts: Buffer[] = [];
          socket.on('data', (part: Buffer) => parts.push(part));
          socket.on('end', () => {
            this.files.set(path(name), Buffer.concat(parts));
            socket.end();
            say('226 done');
          });
        });
      },
    };
    const read = (bytes: Buffer) => {
      for (const line of bytes
        .toString()
        .split('\r\n')
        .filter((text) => text !== '')) {
        this.commands.push(line);
        const [name = '', ...rest] = line.split(' ');
        const command = commands[name];
        if (command) command(rest.join(' '));
        else say('502 no');
      }
    };
    plain.on('data', (bytes) => control === plain && read(bytes));
    plain.on('error', () => {});
    say('220 hello');
  }
}

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

let web: WebServer;
let ftp: FtpServer;
let webUrl: string;
let ftpUrl: string;
beforeEach(async () => {
  web = new WebServer();
  ftp = new FtpServer();
  webUrl = `http://127.0.0.1:${await listen(web.server)}`;
  ftpUrl = `ftp://127.0.0.1:${await listen(ftp.server)}`;
});
afterEach(() => {
  web.server.closeAllConnections();
  web.server.close();
  ftp.server.close();
});

const wholeUpdate = ['Downloading', 'Downloaded', 'Installing', 'reboot', 'Installed'];

describe('firmware', () => {
  const rows = [
    ['http', () => `${webUrl}/firmware.bin`],
    ['a redirect', () => `${webUrl}/elsewhere`],
    ['a password', () => `${webUrl.replace('://', '://me:s%20cret@')}/private.bin`],
    ['ftp', () => `${ftpUrl}/fw/image.bin`],
    ['ftp with a password', () => `${ftpUrl.replace('://', '://me:pass@')}/fw/image.bin`],
    ['file', (box: Box) => box.fileWith(image)],
  ] as const;
  test.each(rows)('%s: downloaded, installed, rebooted', async (_name, location) => {
    const box = new Box();
    box.update(location(box));
    await box.pass(10);
    expect(box.told).toEqual(['0 Downloading', '0 Downloaded', '0 Installing', '2 reboot', '2 Installed']);
    expect(box.files).toEqual(['installed.json']);
    expect(box.transfers.installed()).toMatchObject({ size: image.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(readFileSync(join(box.directory, 'transfers/installed.json'), 'utf8')).not.toMatch(/pass|cret/);
  });

  test('retrieveDate is the earliest moment, and a clock that is set counts', async () => {
    const box = new Box();
    box.update(`${webUrl}/firmware.bin`, { retrieveDate: new Date(box.clock.unix() + 3_600_000).toISOString() });
    await box.pass(3599);
    expect(box.told).toEqual([]);
    await box.pass(1);
    expect(box.told[0]).toBe('3600 Downloading');
    box.update(`${webUrl}/firmware.bin`, { retrieveDate: new Date(box.clock.unix() + 86_400_000).toISOString() });
    box.clock.set(box.clock.unix() + 86_400_000);
    box.transfers.onClockSet();
    await box.pass(3);
    expect(box.told.at(-1)).toBe('3602 Installed');
  });

  const failing = [
    ['404', () => `${webUrl}/missing`],
    ['redirects without end', () => `${webUrl}/round`],
    ['a refused connection', () => 'http://127.0.0.1:1/firmware.bin'],
    ['an ftp file that is not there', () => `${ftpUrl}/fw/none.bin`],
    ['a wrong ftp password', () => `${ftpUrl.replace('://', '://me:wrong@')}/fw/image.bin`],
    ['a file that is not there', (box: Box) => box.at('none')],
  ] as const;
  test.each(failing)('%s: repeated so often, so far apart', async (_name, location) => {
    const box = new Box();
    box.update(location(box), { retries: 2, retryInterval: 30 });
    await box.pass(300);
    expect(box.told).toEqual(['0', '30', '60'].flatMap((at) => [`${at} Downloading`, `${at} DownloadFailed`]));
    expect(box.files).toEqual([]);
    expect(box.logs.join()).not.toContain('wrong@');
  });

  test('a location that nobody understands is tried once', async () => {
    for (const location of ['gopher://x/y', 'firmware.bin', '']) {
      const box = new Box();
      box.update(location, { retries: 3 });
      await box.pass(1000);
      expect(box.told).toEqual(['0 Downloading', '0 DownloadFailed']);
    }
  });

  test('the second attempt goes on where the first was interrupted', async () => {
    const box = new Box();
    web.breaks = 1;
    box.update(`${webUrl}/firmware.bin`, { retries: 1, retryInterval: 5 });
    await box.pass(10);
    expect(box.told.map((line) => line.split(' ')[1])).toEqual(['Downloading', 'DownloadFailed', ...wholeUpdate]);
    expect(web.requests).toEqual(['GET /firmware.bin', 'GET /firmware.bin bytes=100000-']);
    expect(box.transfers.installed()?.size).toBe(image.length);
  });

  test('unless the file has changed meanwhile', async () => {
    const box = new Box();
    web.breaks = 1;
    box.update(`${webUrl}/firmware.bin`, { retries: 1, retryInterval: 5 });
    await box.pass(4);
    web.etag = '"2"';
    await box.pass(4);
    expect(web.requests[1]).toBe('GET /firmware.bin bytes=100000-');
    expect(box.transfers.installed()?.size).toBe(image.length);
  });

  test('an empty image cannot be installed', async () => {
    const box = new Box();
    box.update(box.fileWith(Buffer.alloc(0)));
    await box.pass(10);
    expect(box.told).toEqual(['0 Downloading', '0 Downloaded', '0 Installing', '0 InstallationFailed']);
    expect(box.files).toEqual([]);
  });

  test('a new update takes the place of one that hangs', async () => {
    const box = new Box();
    web.hangs = true;
    box.update(`${webUrl}/firmware.bin`, { retries: 3 });
    const passing = box.pass(1);
    await expect.poll(() => web.requests).toHaveLength(1);
    box.update(`${ftpUrl}/fw/image.bin`);
    await passing;
    await box.pass(1000);
    expect(box.told.map((line) => line.split(' ')[1])).toEqual(['Downloading', ...wholeUpdate]);
  });

  test('whatever is asked for: at most 100 tries, at least a second apart, over power cuts too', async () => {
    const box = new Box();
    box.outcomes.set('firmware', Array(500).fill('download_failed'));
    box.update('http://nowhere.example/x.bin', { retries: 50_000, retryInterval: 0 });
    for (let cuts = 0; cuts < 3; cuts++) {
      await box.pass(20);
      box.powerCycle();
    }
    await box.pass(1000);
    const begun = box.told.filter((told) => told.endsWith('Downloading')).map((told) => Number.parseInt(told, 10));
    expect(new Set(begun).size).toBeGreaterThanOrEqual(100);
    expect(begun.length).toBeLessThanOrEqual(103);
    expect(box.files).toEqual([]);
  });

  test('chosen outcomes, one for each attempt, so many seconds for each phase; then it is real again', async () => {
    const box = new Box();
    box.outcomes.set('firmware', ['download_failed', 'ok'], 10);
    box.update('http://nowhere.example/x.bin', { retries: 3, retryInterval: 60 });
    await box.pass(200);
    expect(box.told).toEqual([
      '0 Downloading',
      '10 DownloadFailed',
      '70 Downloading',
      '80 Downloaded',
      '80 Installing',
      '92 reboot',
      '92 Installed',
    ]);
    box.update(`${webUrl}/missing`);
    await box.pass(1);
    expect(box.told.slice(-2)).toEqual(['200 Downloading', '200 DownloadFailed']);
  });

  test.each(['install_failed', 'verification_failed', 'bad_signature', 'revoked'] as const)('%s', async (outcome) => {
    const box = new Box();
    box.outcomes.set('firmware', [outcome]);
    box.update('http://nowhere.example/x.bin');
    await box.pass(1);
    expect(box.told).toEqual(['0 Downloading', '0 Downloaded', '0 Installing', '0 InstallationFailed']);
  });
});

describe('power cuts', () => {
  test.each(['Downloading', 'Downloaded', 'Installing', 'Installed'])(
    'at %s: goes on, with the attempt that was interrupted',
    async (at) => {
      const box = new Box();
      box.update(`${webUrl}/firmware.bin`);
      box.onTold = (status) => {
        if (status !== at) return;
        box.onTold = undefined;
        box.transfers.close();
      };
      await box.pass(3);
      const before = box.told.length;
      expect(box.told.at(-1)?.split(' ')[1]).toBe(at);
      box.powerCycle();
      await box.pass(10);
      const begin = wholeUpdate.indexOf(at);
      expect(box.told.slice(before).map((line) => line.split(' ')[1])).toEqual(wholeUpdate.slice(begin));
      expect(box.files).toEqual(['installed.json']);
    },
  );

  test('while waiting for retrieveDate or the next attempt; while pretending', async () => {
    const box = new Box();
    box.outcomes.set('firmware', ['download_failed', 'ok'], 10);
    box.update('http://nowhere.example/x.bin', {
      retries: 1,
      retryInterval: 100,
      retrieveDate: new Date(box.clock.unix() + 50_000).toISOString(),
    });
    for (let cycle = 0; cycle < 30; cycle++) {
      box.powerCycle();
      await box.pass(15);
    }
    expect(box.told).toEqual([
      '50 Downloading',
      '60 DownloadFailed',
      '160 Downloading',
      // Cut at 165 s: the attempt is made anew, with the same outcome.
      '165 Downloading',
      '175 Downloaded',
      '175 Installing',
      // Cut at 180 s.
      '180 Installing',
      '192 reboot',
      '192 Installed',
    ]);
  });

  test('an upload is made anew; files that are broken are forgotten', async () => {
    const box = new Box();
    web.hangs = true;
    box.outcomes.set('diagnostics', ['ok'], 10);
    box.transfers.uploadDiagnostics({ location: `${webUrl}/upload/`, retries: 0 });
    await box.pass(5);
    writeFileSync(join(box.directory, 'transfers/log.json'), '{"location":');
    box.powerCycle();
    await box.pass(20);
    expect(box.told).toEqual(['0 Uploading', '5 Uploading', '15 Uploaded']);
    expect(box.files).toEqual(['log.json']);
    Transfers.wipe(box.directory);
    expect(existsSync(join(box.directory, 'transfers'))).toBe(false);
  });
});

describe('uploads', () => {
  test('diagnostics by PUT into a folder: the archive that was named, without secrets', async () => {
    const box = new Box();
    const startTime = '2025-01-01T00:00:00.000Z';
    const { filename } = box.transfers.uploadDiagnostics({ location: `${webUrl}/upload/`, startTime });
    expect(filename).toMatch(/^diagnostics-\d{8}T\d{6}Z\.tar\.gz$/);
    await box.pass(1);
    expect(box.told).toEqual(['0 Uploading', '0 Uploaded']);
    const stored = web.stored.get(`/upload/${filename}`);
    expect(stored).toBeDefined();
    const archive = join(folder, 'upload.tar.gz');
    writeFileSync(archive, stored as Buffer);
    expect(execFileSync('tar', ['-tzf', archive]).toString()).toBe('log.txt\nspan.txt\n');
    const text = execFileSync('tar', ['-xzOf', archive]).toString();
    expect(text).toContain(`diagnostics ${Date.parse(startTime)} ${box.clock.unix() - 1000}`);
    expect(text).not.toMatch(/secret|0123456789abcdef/);
    expect(box.files).toEqual([]);
  });

  test('by PUT to the very URL, by ftp into a folder that is made, to a named file, and to a file', async () => {
    const box = new Box();
    const target = join(box.directory, 'new/folder');
    const rows = [
      [`${webUrl}/upload?token=1`, () => web.stored.get('/upload?token=1')],
      [`${ftpUrl}/a/b`, (name: string) => ftp.files.get(`a/b/${name}`)],
      [`${ftpUrl}/a/b/`, (name: string) => ftp.files.get(`a/b/${name}`)],
      [`${ftpUrl}/c/mine.tgz`, (name: string) => (name === 'mine.tgz' ? ftp.files.get('c/mine.tgz') : undefined)],
      [pathToFileURL(target).href + '/', (name: string) => readFileSync(join(target, name))],
      [box.at('named.tgz'), (name: string) => readFileSync(join(box.directory, name))],
    ] as const;
    for (const [location, stored] of rows) {
      const { filename } = box.transfers.uploadDiagnostics({ location });
      await box.pass(1);
      expect(
        box.told.slice(-2).map((line) => line.split(' ')[1]),
        location,
      ).toEqual(['Uploading', 'Uploaded']);
      expect(gunzipSync(stored(filename) as Buffer).length % 512, location).toBe(0);
    }
  });

  test('refused: repeated; each attempt tells', async () => {
    const box = new Box();
    box.transfers.uploadDiagnostics({ location: `${webUrl}/refused`, retries: 1, retryInterval: 20 });
    await box.pass(100);
    expect(box.told).toEqual(['0 Uploading', '0 UploadFailed', '20 Uploading', '20 UploadFailed']);
  });

  test('GetDiagnostics and GetLog give up an upload of their kind only', async () => {
    const box = new Box();
    const log = { remoteLocation: `${webUrl}/log/` };
    box.outcomes.set('diagnostics', ['ok', 'ok'], 50);
    box.outcomes.set('log', ['upload_failed', 'ok'], 50);
    box.transfers.uploadDiagnostics({ location: `${webUrl}/upload/` });
    expect(box.transfers.uploadLog({ log, logType: 'SecurityLog', requestId: 4, retries: 0 }).status).toBe('Accepted');
    await box.pass(10);
    box.transfers.uploadDiagnostics({ location: `${webUrl}/upload/` });
    const second = box.transfers.uploadLog({ log, logType: 'DiagnosticsLog', requestId: 5 });
    expect(second).toMatchObject({ status: 'AcceptedCanceled', filename: expect.stringMatching(/^DiagnosticsLog-/) });
    await box.pass(100);
    expect(box.told).toEqual(['0 Uploading', '0 4 Uploading', '10 Uploading', '10 5 Uploading', '60 Uploaded', '60 5 Uploaded']);
  });
});

describe('files of this machine', () => {
  test('without --test and with a foreign central system no location names one, in either direction', async () => {
    const box = new Box(undefined, false);
    box.update(box.fileWith(image), { retries: 3 });
    box.transfers.uploadDiagnostics({ location: box.at('own/'), retries: 3 });
    await box.pass(1000);
    expect(box.told).toEqual(['0 Downloading', '0 Uploading', '0 DownloadFailed', '0 UploadFailed']);
    expect(existsSync(join(box.directory, 'own'))).toBe(false);
  });

  /** A folder of the user's beside the state directory, with one file that must stay as it is. */
  function outside(): string {
    const victim = mkdtempSync(join(folder, 'home-'));
    writeFileSync(join(victim, 'profile'), 'mine');
    return victim;
  }

  test('an upload never leaves the state directory, however its location is written', async () => {
    const box = new Box();
    const victim = outside();
    mkdirSync(join(box.directory, 'links'));
    symlinkSync(victim, join(box.directory, 'links/folder'));
    symlinkSync(join(victim, 'profile'), join(box.directory, 'links/file'));
    symlinkSync(join(victim, 'new'), join(box.directory, 'links/dangling'));
    const below = box.at('');
    const locations = [
      pathToFileURL(join(victim, 'profile')).href,
      pathToFileURL(victim).href + '/',
      `${below}/../${victim.slice(folder.length + 1)}/profile`,
      `${below}/%2e%2e/${victim.slice(folder.length + 1)}/new`,
      `${below}/sub%2f..%2f..%2fx`,
      box.at('links/folder/new'),
      box.at('links/folder/'),
      box.at('links/file'),
      box.at('links/dangling'),
      'file://server/share/x',
      below,
    ];
    for (const location of locations) {
      box.transfers.uploadDiagnostics({ location, retries: 0 });
      await box.pass(1);
      expect(box.told.at(-1), location).toMatch(/UploadFailed$/);
    }
    expect(readdirSync(victim)).toEqual(['profile']);
    expect(readFileSync(join(victim, 'profile'), 'utf8')).toBe('mine');
  });

  test("nor does it touch the station's own files, or read them as firmware", async () => {
    const box = new Box();
    const own = ['journal.bin', 's-key.txt', 'meters.json', 'lock', 'transfers/firmware.json'];
    for (const name of own) {
      writeFileSync(join(box.directory, name), 'station');
      box.transfers.uploadDiagnostics({ location: box.at(name), retries: 0 });
      await box.pass(1);
      box.update(box.at(name));
      await box.pass(1);
      expect(
        box.told.slice(-4).map((line) => line.split(' ')[1]),
        name,
      ).toEqual(['Uploading', 'UploadFailed', 'Downloading', 'DownloadFailed']);
      if (name !== 'transfers/firmware.json') expect(readFileSync(join(box.directory, name), 'utf8')).toBe('station');
    }
  });

  test('firmware is not read from beyond it', async () => {
    const box = new Box();
    const victim = outside();
    symlinkSync(join(victim, 'profile'), join(box.directory, 'firmware'));
    for (const location of [pathToFileURL(join(victim, 'profile')).href, box.at('firmware')]) {
      box.update(location);
      await box.pass(1);
      expect(box.told.at(-1), location).toMatch(/DownloadFailed$/);
    }
  });

  test.skipIf(process.platform === 'win32')('what is kept of a transfer is for the user alone: its location has a password', async () => {
    const box = new Box();
    box.update('http://me:secret@127.0.0.1:1/x', { retrieveDate: new Date(box.clock.unix() + 10_000).toISOString() });
    expect(statSync(join(box.directory, 'transfers')).mode & 0o777).toBe(0o700);
    expect(statSync(join(box.directory, 'transfers/firmware.json')).mode & 0o777).toBe(0o600);
    box.update(`${webUrl}/firmware.bin`);
    await box.pass(1);
    for (const name of box.files) expect(statSync(join(box.directory, 'transfers', name)).mode & 0o777, name).toBe(0o600);
  });
});

describe('TLS', () => {
  let key: string;
  let cert: string;
  beforeAll(() => {
    const pair = selfSigned();
    key = pair.key;
    cert = pair.cert;
  });

  test('https and ftps, with the root that was given, and not without', async () => {
    const secureWeb = new WebServer(key, cert);
    const secureFtp = new FtpServer({ key, cert });
    const locations = [
      `https://127.0.0.1:${await listen(secureWeb.server)}/firmware.bin`,
      `ftps://127.0.0.1:${await listen(secureFtp.server)}/fw/image.bin`,
    ];
    for (const location of locations) {
      const box = new Box(cert);
      box.update(location);
      await box.pass(2);
      expect(box.told.at(-1), location + box.logs).toBe('2 Installed');
      const stranger = new Box();
      stranger.update(location);
      await stranger.pass(1);
      expect(stranger.told, location).toEqual(['0 Downloading', '0 DownloadFailed']);
    }
    const box = new Box(cert);
    const { filename } = box.transfers.uploadDiagnostics({ location: (locations[1] as string).replace('fw/image.bin', 'up/') });
    await box.pass(1);
    expect(secureFtp.files.has(`up/${filename}`), box.logs.join()).toBe(true);
    secureWeb.server.close();
    secureFtp.server.close();
  });

  test('https is not followed to http, for firmware or for an upload', async () => {
    const plain = new WebServer();
    const plainUrl = `http://127.0.0.1:${await listen(plain.server)}`;
    const secure = createSecureServer({ key, cert }, (request, response) => {
      request.resume();
      response.writeHead(307, { location: `${plainUrl}${request.url}` }).end();
    });
    const secureUrl = `https://127.0.0.1:${await listen(secure)}`;
    const box = new Box(cert);
    box.update(`${secureUrl}/firmware.bin`);
    await box.pass(1);
    expect(box.told).toEqual(['0 Downloading', '0 DownloadFailed']);
    box.transfers.uploadDiagnostics({ location: `${secureUrl}/up`, retries: 0 });
    await box.pass(1);
    expect(box.told.at(-1)).toBe('1 UploadFailed');
    expect(plain.requests).toEqual([]);
    expect(box.logs.join()).toContain('redirected from https: to http:');
    plain.server.close();
    secure.close();
  });

  test('http may be followed to https', async () => {
    const secure = new WebServer(key, cert);
    const secureUrl = `https://127.0.0.1:${await listen(secure.server)}`;
    const plain = createServer((request, response) => void response.writeHead(302, { location: `${secureUrl}${request.url}` }).end());
    const box = new Box(cert);
    box.update(`http://127.0.0.1:${await listen(plain)}/firmware.bin`);
    await box.pass(5);
    expect(box.told.at(-1)).toBe('2 Installed');
    plain.close();
    secure.server.close();
  });

  test('an ftps server that offers no TLS hears neither name nor password', async () => {
    const box = new Box(cert);
    box.update(`${ftpUrl.replace('ftp://', 'ftps://me:secret@')}/fw/image.bin`);
    await box.pass(1);
    expect(box.told).toEqual(['0 Downloading', '0 DownloadFailed']);
    expect(ftp.commands[0]).toBe('AUTH TLS');
    expect(ftp.commands.join()).not.toMatch(/USER|PASS|RETR/);
  });
});

describe('names and texts', () => {
  test.each([
    ['http://h/a/', 'usual'],
    ['http://h/a', 'a'],
    ['http://h/a%20b.gz?x=1', 'a b.gz'],
    ['ftp://h/a', 'usual'],
    ['ftp://h/a.gz', 'a.gz'],
    ['ftp://h', 'usual'],
    ['nonsense', 'usual'],
  ])('%s is stored as %s', (location, name) => expect(uploadedName(location, 'usual')).toBe(name));

  test('secrets', () => {
    const text = withoutSecrets('ftps://me:pw@host/x {"key":"AuthorizationKey","value":"k1"} AuthorizationKey=k2');
    expect(text).toBe('ftps://me:***@host/x {"key":"AuthorizationKey","value":"***"} AuthorizationKey=***');
  });

  test('an archive is whole blocks, the same for the same texts', () => {
    const texts = [{ name: 'a.txt', text: 'x'.repeat(512) }];
    expect(archiveOf(texts, 0)).toEqual(archiveOf(texts, 0));
    expect(gunzipSync(archiveOf(texts, 0)).length).toBe(4 * 512);
  });
});

function selfSigned(): { key: string; cert: string } {
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')] as const;
  const subject = ['-subj', '/CN=loopback', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', keyFile, '-out', certFile, ...subject], { stdio: 'ignore' });
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
}

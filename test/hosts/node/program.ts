/** The desktop wallbox as a process that is driven through its control channel, and central systems for it to talk to. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server as HttpsServer } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RPCServer as Server } from 'ocpp-rpc';
import { buildNode } from '../../../hosts/build/build.mjs';

const { RPCServer } = createRequire(import.meta.url)('ocpp-rpc') as { RPCServer: typeof Server };
const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

type Line = Readonly<Record<string, unknown>>;

export interface Reply {
  readonly id: unknown;
  readonly ok: boolean;
  readonly data?: unknown;
  readonly error?: string;
}

const folders: string[] = [];
const programs: Program[] = [];
const systems: CentralSystem[] = [];
let bundle: Promise<string> | undefined;

/** A new folder that `cleanUp` removes. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ocpp-xs-node-'));
  folders.push(folder);
  return folder;
}

/** Ends whatever a test left running. */
export async function cleanUp(): Promise<void> {
  for (const program of programs.splice(0)) await program.kill();
  for (const system of systems.splice(0)) await system.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** The program, bundled once for each test file, so that tests run without `npm run build`. */
function mainBundle(): Promise<string> {
  bundle ??= bundled();
  return bundle;
}

/** Test files that run at the same time each replace it by the same. */
async function bundled(): Promise<string> {
  const own = await buildNode(join(root, 'build/test', `main-${randomUUID()}.js`));
  const shared = join(root, 'build/test/main.js');
  renameSync(own, shared);
  return shared;
}

export class Program {
  readonly lines: Line[] = [];
  errors = '';
  status: number | null | undefined;
  private readonly child: ChildProcess;
  private readonly exited: Promise<number | null>;
  private wake: (() => void)[] = [];
  private lastId = 0;

  private constructor(main: string, options: readonly string[]) {
    this.child = spawn(process.execPath, [main, ...options], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stderr?.on('data', (text) => {
      this.errors += text;
    });
    if (this.child.stdout) createInterface({ input: this.child.stdout }).on('line', (line) => this.onLine(line));
    this.exited = new Promise((resolve) => {
      this.child.on('close', (status) => {
        this.status = status;
        resolve(status);
        this.notify();
      });
    });
  }

  static async run(...options: string[]): Promise<Program> {
    const program = new Program(await mainBundle(), options);
    programs.push(program);
    return program;
  }

  /** In virtual time, with frames as events and every command allowed, unless `options` say more. */
  static async control(...options: string[]): Promise<Program> {
    const state = options.includes('--state') ? [] : ['--state', newFolder()];
    const program = await Program.run('--control', '--clock', 'virtual', '--test', '--trace', '-', ...state, ...options);
    await program.event('ready');
    return program;
  }

  private onLine(line: string): void {
    this.lines.push(JSON.parse(line) as Line);
    this.notify();
  }

  private notify(): void {
    for (const wake of this.wake.splice(0)) wake();
  }

  write(text: string): void {
    this.child.stdin?.write(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Nobody reads what it writes there any more. */
  closeOutput(stream: 'stdout' | 'stderr'): void {
    this.child[stream]?.destroy();
  }

  /** Seconds of processor time so far, as Linux tells. */
  processorTime(): number {
    const [user = '0', system = '0'] = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
    return (Number(user) + Number(system)) / 100;
  }

  endInput(): void {
    this.child.stdin?.end();
  }

  /** The exit status. */
  exit(): Promise<number | null> {
    return this.exited;
  }

  async kill(): Promise<void> {
    if (this.status === undefined) this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Sends a command; its reply. */
  async ask(cmd: string, args: object = {}): Promise<Reply> {
    const id = ++this.lastId;
    this.write(`${JSON.stringify({ id, cmd, ...args })}\n`);
    return (await this.line((line) => line['id'] === id)) as unknown as Reply;
  }

  /** The reply to a command that was written by hand. */
  async reply(id: string): Promise<Reply> {
    return (await this.line((line) => line['id'] === id)) as unknown as Reply;
  }

  /** As `ask`, but the command must succeed; its data. */
  async do(cmd: string, args: object = {}): Promise<unknown> {
    const reply = await this.ask(cmd, args);
    if (!reply.ok) throw new Error(`${cmd}: ${reply.error}`);
    return reply.data;
  }

  advance(seconds: number): Promise<unknown> {
    return this.do('clock', { advance: seconds, wait: 1000 });
  }

  /** The first event of this name whose fields are as given, past or to come. */
  event(event: string, fields: Line = {}): Promise<Line> {
    return this.line((line) => line['event'] === event && Object.entries(fields).every(([name, value]) => line[name] === value));
  }

  events(event: string): Line[] {
    return this.lines.filter((line) => line['event'] === event);
  }

  /** CALLs that the station sent, in order. */
  sent(action?: string): { action: string; id: string; payload: Readonly<Record<string, unknown>> }[] {
    const calls = [];
    for (const frame of this.events('frame')) {
      if (frame['dir'] !== 'out') continue;
      const [type, id, name, payload] = JSON.parse(frame['text'] as string) as [number, string, string, Line];
      if (type === 2 && (action === undefined || action === name)) calls.push({ action: name, id, payload });
    }
    return calls;
  }

  private async line(is: (line: Line) => boolean): Promise<Line> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const found = this.lines.find(is);
      if (found) return found;
      if (this.status !== undefined || Date.now() > deadline) {
        throw new Error(
          `the line did not come (status ${this.status})\n${this.errors}\n${this.lines
            .slice(-20)
            .map((line) => JSON.stringify(line))
            .join('\n')}`,
        );
      }
      await new Promise<void>((resolve) => {
        this.wake.push(resolve);
        setTimeout(resolve, 1000).unref();
      });
    }
  }
}

interface Client {
  readonly identity: string;
  call(action: string, payload: object): Promise<unknown>;
  handle(handler: (call: { method: string; params: Line }) => object): void;
  on(event: string, listener: (...args: never[]) => void): void;
  close(options: object): Promise<unknown>;
}

/** A central system on ocpp-rpc in strict mode: what breaks a schema is in `violations`. */
export class CentralSystem {
  url = '';
  readonly violations: string[] = [];
  readonly received: { action: string; payload: Line }[] = [];
  readonly logins: { identity: string; password: string }[] = [];
  /** Answers in place of the usual ones. */
  readonly answers: Record<string, object> = {};
  client: Client | undefined;
  private readonly server: Server;
  private https: HttpsServer | undefined;
  private nextTransaction = 1;
  private waiting: ((client: Client) => void)[] = [];

  private constructor() {
    this.server = new RPCServer({ protocols: ['ocpp1.6'], strictMode: true });
    this.server.auth((accept, _reject, handshake) => {
      this.logins.push({ identity: handshake.identity, password: handshake.password?.toString('latin1') ?? '' });
      accept({});
    });
    this.server.on('client', (client: unknown) => this.welcome(client as Client));
    systems.push(this);
  }

  static async open(): Promise<CentralSystem> {
    const system = new CentralSystem();
    const http = await system.server.listen(0, '127.0.0.1');
    system.url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/ocpp`;
    return system;
  }

  /** Behind TLS, with this key and certificate in PEM. */
  static async openSecure(options: { readonly key: string; readonly cert: string }): Promise<CentralSystem> {
    const system = new CentralSystem();
    const https = createServer(options);
    https.on('upgrade', system.server.handleUpgrade);
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
    system.url = `wss://127.0.0.1:${(https.address() as AddressInfo).port}/ocpp`;
    system.https = https;
    return system;
  }

  async close(): Promise<void> {
    await this.server.close({ code: 1001, reason: '', force: true });
    this.https?.close();
  }

  /** The next charge point that connects. */
  next(): Promise<Client> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** The code with which the charge point that is connected closes. */
  closed(): Promise<number> {
    return new Promise((resolve) => this.client?.on('close', (({ code }: { code: number }) => resolve(code)) as never));
  }

  /** Asks whoever is connected, or connects next. */
  async ask(action: string, payload: object): Promise<unknown> {
    const client = this.client ?? (await this.next());
    return client.call(action, payload);
  }

  private welcome(client: Client): void {
    this.client = client;
    client.handle(({ method, params }) => {
      this.received.push({ action: method, payload: params });
      return this.answers[method] ?? this.usualAnswer(method);
    });
    client.on('strictValidationFailure', (({ error }: { error: Error & { details?: unknown } }) => {
      this.violations.push(`${error.message} ${JSON.stringify(error.details)}`);
    }) as never);
    client.on('close', () => {
      if (this.client === client) this.client = undefined;
    });
    for (const resolve of this.waiting.splice(0)) resolve(client);
  }

  private usualAnswer(action: string): object {
    const currentTime = new Date().toISOString();
    if (action === 'BootNotification') return { status: 'Accepted', currentTime, interval: 300 };
    if (action === 'Heartbeat') return { currentTime };
    if (action === 'StartTransaction') return { transactionId: this.nextTransaction++, idTagInfo: { status: 'Accepted' } };
    return action === 'Authorize' || action === 'StopTransaction' ? { idTagInfo: { status: 'Accepted' } } : {};
  }
}

/** The central system that comes with the wallbox, for trying things: accepts everything sensible and shows it. Not for real chargers. */

import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { RPCServer as Server } from 'ocpp-rpc';
import { brief } from './trace.ts';

// ocpp-rpc is CommonJS.
const { RPCServer, createRPCError } = createRequire(import.meta.url)('ocpp-rpc') as {
  RPCServer: typeof Server;
  createRPCError: (type: string) => Error;
};

type Payload = Readonly<Record<string, unknown>>;

interface Client {
  readonly identity: string;
  call(action: string, payload: object): Promise<unknown>;
  handle(handler: (call: { method: string; params: Payload }) => object): void;
  on(event: string, listener: (...args: never[]) => void): void;
}

export interface CsmsOptions {
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly log: (text: string) => void;
  /** Frames that break the schemas, by either side. */
  readonly onViolation?: (text: string) => void;
}

export interface RunningTransaction {
  readonly id: number;
  readonly connector: number;
  readonly idTag: string;
}

export class Csms {
  /** `ws://127.0.0.1:PORT/ocpp` */
  url = '';
  readonly transactions = new Map<number, RunningTransaction>();
  private readonly options: CsmsOptions;
  private readonly server: Server;
  private client: Client | undefined;
  private lastTransaction = 1000;

  constructor(options: CsmsOptions) {
    this.options = options;
    this.server = new RPCServer({ protocols: ['ocpp1.6'], strictMode: true, pingIntervalMs: 60_000 });
    this.server.auth((accept) => accept({}, 'ocpp1.6'));
    this.server.on('client', (client: unknown) => this.welcome(client as Client));
  }

  /** Begins to listen on 127.0.0.1. Port 0: a free one. */
  async listen(port = 0): Promise<void> {
    const http = await this.server.listen(port, '127.0.0.1');
    this.url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/ocpp`;
  }

  async close(): Promise<void> {
    await this.server.close({ code: 1001, reason: '', force: true });
  }

  /** Asks the charge point, and logs what came of it. Undefined: nobody is connected, or it was refused. */
  async ask(action: string, payload: object): Promise<Payload | undefined> {
    const client = this.client;
    if (client === undefined) {
      this.options.log(`${action}: no charge point is connected`);
      return undefined;
    }
    this.options.log(`-> ${action} ${brief(shown(action, payload))}`);
    try {
      const answer = (await client.call(action, payload)) as Payload;
      this.options.log(`<- ${action} ${brief(answer)}`);
      return answer;
    } catch (error) {
      this.options.log(`<- ${action} failed: ${(error as Error).message}`);
      return undefined;
    }
  }

  private welcome(client: Client): void {
    this.client = client;
    this.options.log(`${client.identity} connected`);
    client.handle(({ method, params }) => this.answer(method, params));
    client.on('strictValidationFailure', (({ error }: { error: Error & { details?: unknown } }) => {
      this.options.onViolation?.(`${error.message} ${JSON.stringify(error.details ?? {})}`);
      this.options.log(`against the schema: ${error.message}`);
    }) as never);
    client.on('close', () => {
      if (this.client === client) this.client = undefined;
      this.options.log(`${client.identity} disconnected`);
    });
  }

  private answer(action: string, request: Payload): object {
    const answer = this.answerTo(action, request);
    this.options.log(`<- ${action} ${brief(request)}${Object.keys(answer).length > 0 ? `  -> ${brief(answer)}` : ''}`);
    return answer;
  }

  private answerTo(action: string, request: Payload): Payload {
    const accepted = { status: 'Accepted' };
    const currentTime = new Date(this.options.now()).toISOString();
    switch (action) {
      case 'BootNotification':
        return { ...accepted, currentTime, interval: 300 };
      case 'Heartbeat':
        return { currentTime };
      case 'Authorize':
        return { idTagInfo: accepted };
      case 'StartTransaction': {
        const id = ++this.lastTransaction;
        this.transactions.set(id, { id, connector: request['connectorId'] as number, idTag: request['idTag'] as string });
        return { idTagInfo: accepted, transactionId: id };
      }
      case 'StopTransaction':
        this.transactions.delete(request['transactionId'] as number);
        return { idTagInfo: accepted };
      case 'DataTransfer':
      case 'SignCertificate':
        return accepted;
      case 'MeterValues':
      case 'StatusNotification':
      case 'DiagnosticsStatusNotification':
      case 'FirmwareStatusNotification':
      case 'LogStatusNotification':
      case 'SignedFirmwareStatusNotification':
      case 'SecurityEventNotification':
        return {};
      default:
        throw createRPCError('NotImplemented');
    }
  }
}

/** AuthorizationKey is shown to nobody. */
function shown(action: string, payload: object): object {
  const key = (payload as { key?: unknown }).key;
  const isSecret = action === 'ChangeConfiguration' && typeof key === 'string' && key.trim().toLowerCase() === 'authorizationkey';
  return isSecret ? { key, value: '***' } : payload;
}

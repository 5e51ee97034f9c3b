/** Both ends of a real WebSocket on loopback, in a thread of their own: a client, and ocpp-rpc as a strict server. Driven by test/socket-wire.ts. */

import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { type MessagePort, workerData } from 'node:worker_threads';
import WebSocket from 'ws';

const { RPCServer, createRPCError, NOREPLY } = createRequire(workerData.root)('ocpp-rpc');

/** What the world asks for. */
export type Command =
  | { readonly does: 'open'; readonly path: string; readonly user?: string | undefined; readonly password?: string | undefined }
  | { readonly does: 'send' | 'deliver' | 'ping' | 'noAnswer'; readonly text: string }
  | { readonly does: 'close' | 'closeByPeer'; readonly code: number }
  | { readonly does: 'break' | 'barrier' };

/** What the world hears. */
export type Event =
  | { readonly event: 'opened' | 'pong' | 'quiet' }
  | { readonly event: 'closed'; readonly code: number }
  | { readonly event: 'text' | 'violation'; readonly text: string }
  | { readonly event: 'call'; readonly id: string; readonly action: string; readonly payload: Record<string, unknown> }
  | { readonly event: 'result'; readonly id: string; readonly payload: Record<string, unknown> }
  | { readonly event: 'error'; readonly id: string; readonly code: string };

// What fails here must not leave the world waiting.
process.on('uncaughtException', (error) => tell({ event: 'violation', text: 'the worker failed: ' + error }));
const port = workerData.port as MessagePort;
const signal = new Int32Array(workerData.signal as SharedArrayBuffer);

let address = '';
let client: WebSocket | undefined;
// biome-ignore lint/suspicious/noExplicitAny: ocpp-rpc is typed for its newest protocols only
let peer: any;
let barriers = 0;
/** CALLs of the station that wait for the world's answer. */
const waiting = new Map<string, (answer: unknown) => void>();

function tell(event: Event): void {
  port.postMessage(event);
  Atomics.add(signal, 0, 1);
  Atomics.notify(signal, 0);
}

const server = new RPCServer({ protocols: ['ocpp1.6'], strictMode: true, pingIntervalMs: 0, callTimeoutMs: 600_000, callConcurrency: 100 });
server.auth((accept: (session: object, protocol: string) => void) => accept({}, 'ocpp1.6'));
// biome-ignore lint/suspicious/noExplicitAny: see above
server.on('client', (joined: any) => {
  peer = joined;
  joined.on('strictValidationFailure', (failure: { error: Error; outbound: boolean }) =>
    tell({ event: 'violation', text: `${failure.outbound ? 'sent' : 'received'}: ${failure.error.message}` }),
  );
  joined.on('badMessage', (bad: { error?: Error }) => tell({ event: 'violation', text: `bad message: ${bad.error?.message}` }));
  joined.handle((call: { method: string; params: Record<string, unknown>; messageId: string }) => {
    const answer = new Promise((resolve) => waiting.set(call.messageId, resolve));
    tell({ event: 'call', id: call.messageId, action: call.method, payload: call.params });
    return answer;
  });
});

function open(path: string, user: string | undefined, password: string | undefined): void {
  const headers = user === undefined ? {} : { Authorization: `Basic ${Buffer.from(`${user}:${password}`, 'latin1').toString('base64')}` };
  const socket = new WebSocket(address + path, ['ocpp1.6'], { perMessageDeflate: false, headers });
  client = socket;
  socket.on('open', () => socket === client && tell({ event: 'opened' }));
  socket.on('message', (data) => socket === client && tell({ event: 'text', text: String(data) }));
  socket.on('pong', (data) => socket === client && !String(data).startsWith('barrier') && tell({ event: 'pong' }));
  socket.on('error', () => {});
  socket.on('close', (code) => {
    if (socket !== client) return;
    client = undefined;
    tell({ event: 'closed', code });
  });
}

/** A frame of the central system's: an answer to the station, or a CALL. */
function deliver(text: string): void {
  const [type, id, third, fourth] = JSON.parse(text);
  if (type === 3) waiting.get(id)?.(third);
  else if (type === 4) waiting.get(id)?.(Promise.reject(createRPCError(third, fourth)));
  else {
    peer?.call(third, fourth).then(
      (payload: Record<string, unknown>) => tell({ event: 'result', id, payload }),
      (error: { rpcErrorCode?: string }) => error.rpcErrorCode && tell({ event: 'error', id, code: error.rpcErrorCode }),
    );
  }
  if (type !== 2) waiting.delete(id);
}

function echo(socket: WebSocket | undefined): Promise<void> {
  if (socket?.readyState !== WebSocket.OPEN) return Promise.resolve();
  const payload = `barrier${++barriers}`;
  return new Promise((resolve) => {
    const done = () => {
      socket.off('pong', heard);
      socket.off('close', done);
      resolve();
    };
    const heard = (data: Buffer) => String(data) === payload && done();
    socket.on('pong', heard);
    socket.on('close', done);
    // A socket whose other end broke off never answers, and ocpp-rpc takes its listeners off.
    setTimeout(done, 100);
    socket.ping(payload);
  });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Everything that was sent has arrived, both ways. */
async function barrier(): Promise<void> {
  for (let wait = 0; wait < 2000 && (client?.readyState === WebSocket.CONNECTING || client?.readyState === WebSocket.CLOSING); wait++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (let round = 0; round < 2; round++) {
    await turn();
    await echo(client);
    await turn();
    await echo(client && peer?._ws);
  }
  await turn();
  tell({ event: 'quiet' });
}

port.on('message', (command: Command) => {
  switch (command.does) {
    case 'open':
      return open(command.path, command.user, command.password);
    case 'send':
      return client?.send(command.text);
    case 'deliver':
      return deliver(command.text);
    case 'noAnswer':
      waiting.get(command.text)?.(NOREPLY);
      waiting.delete(command.text);
      return;
    case 'ping':
      return client?.ping(command.text);
    case 'close':
      return client?.close(command.code);
    case 'closeByPeer':
      return void peer?._ws?.close(command.code);
    case 'break': {
      const socket = client;
      client = undefined;
      peer = undefined;
      waiting.clear();
      return socket?.terminate();
    }
    case 'barrier':
      return void barrier();
  }
});

server.listen(0, '127.0.0.1').then((http: { address(): AddressInfo }) => {
  address = `ws://127.0.0.1:${http.address().port}`;
  tell({ event: 'quiet' });
});

/** The wire of a world over a real WebSocket: blocks until both ends are quiet, so that virtual time stands still meanwhile. */

import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import type { Action } from '../src/wire/types.ts';
import type { Address } from './local-station.ts';
import type { Command, Event } from './socket-worker.ts';
import type { Wire, World } from './world.ts';

/** Real milliseconds that a quiet may take. */
const patience = 3000;
/** Real milliseconds that a story may take: one that hangs fails by name. */
const longest = 5000;

/** The thread with both ends; one for all worlds of a test file. */
export class SocketThread {
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly signal = new Int32Array(new SharedArrayBuffer(4));

  constructor(root: URL) {
    const outfile = new URL('build/test/socket-worker.mjs', root).pathname;
    const entry = new URL('test/socket-worker.ts', root).pathname;
    buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', external: ['ws', 'ocpp-rpc'] });
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.worker = new Worker(outfile, {
      workerData: { port: port2, signal: this.signal.buffer, root: root.href },
      transferList: [port2],
    });
    this.worker.unref();
    this.next();
  }

  post(command: Command): void {
    this.port.postMessage(command);
  }

  /** The next event; waits for it. */
  next(): Event {
    const end = Date.now() + patience;
    for (;;) {
      const seen = Atomics.load(this.signal, 0);
      const received = receiveMessageOnPort(this.port);
      if (received) return received.message as Event;
      if (Date.now() > end) throw new Error('the WebSocket is never quiet');
      Atomics.wait(this.signal, 0, seen, 1000);
    }
  }

  async end(): Promise<void> {
    this.port.close();
    await this.worker.terminate();
  }
}

export class SocketWire implements Wire {
  private readonly world: World;
  private readonly thread: SocketThread;
  private state: 'closed' | 'connecting' | 'open' | 'closing' = 'closed';
  private isDirty = false;
  private readonly until = Date.now() + longest;

  constructor(world: World, thread: SocketThread) {
    this.world = world;
    this.thread = thread;
    this.post({ does: 'break' });
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  private post(command: Command): void {
    this.thread.post(command);
    this.isDirty = true;
  }

  open(address: Address): void {
    this.state = 'connecting';
    if (this.world.network !== 'up') return this.world.later(0, () => this.closed('network', undefined));
    const password = address.password && String.fromCharCode(...address.password);
    this.post({ does: 'open', path: address.url.replace(/^\w+:\/\/[^/]+/, ''), user: address.user, password });
  }

  private closed(reason: 'network' | 'closed', code: number | undefined): void {
    this.state = 'closed';
    this.world.csms.onGone();
    this.world.call('onClosed', [code === undefined ? { reason } : { reason, code }]);
  }

  send(text: string): boolean {
    if (this.state !== 'open') return false;
    this.world.onSent(text);
    this.post({ does: 'send', text });
    return true;
  }

  ping(payload: string): void {
    if (this.state === 'open') this.post({ does: 'ping', text: payload });
  }

  close(code: number): void {
    if (this.state === 'closed' || this.state === 'closing') return;
    this.state = 'closing';
    this.post({ does: 'close', code });
  }

  deliver(text: string): void {
    if (this.state === 'open') this.post({ does: 'deliver', text });
    else this.world.csms.onLost(JSON.parse(text)[1]);
  }

  noAnswer(id: string): void {
    this.post({ does: 'noAnswer', text: id });
  }

  closeByPeer(code: number): void {
    if (this.state === 'open') this.post({ does: 'closeByPeer', code });
  }

  lose(): void {
    if (this.state === 'closed') return;
    this.post({ does: 'break' });
    this.closed('network', undefined);
  }

  forget(): void {
    this.state = 'closed';
    this.post({ does: 'break' });
  }

  /** Hears one thing that came over the socket; false when all is quiet. */
  pump(): boolean {
    if (!this.isDirty) return false;
    if (Date.now() > this.until) throw new Error('the story takes too long over a real WebSocket');
    this.isDirty = false;
    this.thread.post({ does: 'barrier' });
    const events: Event[] = [];
    for (let event = this.thread.next(); event.event !== 'quiet'; event = this.thread.next()) events.push(event);
    for (const event of events) this.world.later(0, () => this.hear(event), false);
    return events.length > 0;
  }

  private hear(event: Event): void {
    const { world } = this;
    switch (event.event) {
      case 'opened':
        if (this.state !== 'connecting') return;
        this.state = 'open';
        world.call('onOpen', []);
        return;
      case 'closed':
        if (this.state !== 'closed') this.closed('closed', event.code);
        return;
      case 'text':
        if (this.state === 'open') world.hear(event.text);
        return;
      case 'pong':
        if (this.state === 'open') world.call('onPong', []);
        return;
      case 'call':
        return world.csms.onCall(
          JSON.stringify([2, event.id, event.action, event.payload]),
          event.id,
          event.action as Action,
          event.payload,
        );
      case 'result':
        return world.csms.onResult(event.id, event.payload);
      case 'error':
        return world.csms.onError(event.id, event.code);
      case 'violation':
        world.faults.push(`ocpp-rpc, strict: ${event.text}`);
    }
  }
}

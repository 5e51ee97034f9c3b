/** The scripted central system: accepts what is sensible, knows repeated ids, records everything, and finds what is out of order. */

import { check, type Table, Violation } from '../src/wire/check.ts';
import * as tables from '../src/wire/generated/tables.ts';
import type { Action, Request } from '../src/wire/types.ts';

/** What the central system does with one CALL, instead of accepting it at the next turn. */
export interface Reaction {
  /** The whole payload of the answer. */
  readonly payload?: unknown;
  /** Changes members of the usual answer. */
  readonly merge?: object;
  /** CALLERROR with this code; the CALL has no effect. */
  readonly error?: string;
  readonly description?: string;
  /** Takes effect, but no answer. */
  readonly silent?: boolean;
  /** The CALL has no effect either (with `silent` or `close`: it never arrived). */
  readonly ignored?: boolean;
  /** Seconds until the answer. */
  readonly after?: number;
  readonly twice?: boolean;
  /** Closes the connection with this code instead of answering. */
  readonly close?: number;
  /** Closes after the answer. */
  readonly closeAfter?: number;
  /** Raw text of the answer; `%id` stands for the id. */
  readonly text?: string;
  /** Asks this before it answers. */
  readonly asksFirst?: readonly [action: Action, payload: object];
}

/** One CALL of the station. */
export interface Received {
  /** Milliseconds of the world. */
  readonly at: number;
  readonly boot: number;
  readonly action: Action;
  readonly id: string;
  readonly payload: Record<string, unknown>;
  /** It came with an id that was known. */
  readonly repeated: boolean;
  /** It had no effect. */
  readonly refused: boolean;
}

/** One CALL of the central system. */
export interface Asked {
  readonly action: string;
  readonly id: string;
  readonly at: number;
  readonly request: Record<string, unknown>;
  payload?: Record<string, unknown>;
  error?: string;
  /** It was lost on its way, or the connection or the power went before the answer, or the station had to be silent. */
  lost?: boolean;
  answeredAt?: number;
}

type MeterValue = Request<'MeterValues'>['meterValue'][number];

/** What the central system would bill. */
export interface Billed {
  readonly transactionId: number;
  readonly start: Request<'StartTransaction'>;
  /** When it came, in milliseconds of the world. */
  readonly startedAt: number;
  readonly values: MeterValue[];
  stop?: Request<'StopTransaction'>;
  stoppedAt?: number;
  /** Its stop was refused, so it may never come. */
  refusedStop?: boolean;
}

/** What the central system needs of the world. */
export interface Line {
  readonly time: number;
  readonly boot: number;
  isConnected(): boolean;
  /** Text to the station at the next turn, or so many milliseconds later; lost when the connection is gone by then. */
  deliver(text: string, after: number): void;
  closeByPeer(code: number, after: number): void;
  /** The CALL with this id gets no answer. */
  noAnswer(id: string): void;
  fault(text: string): void;
}

const epoch = Date.UTC(2025, 0, 1);

export class CentralSystem {
  private readonly line: Line;
  readonly received: Received[] = [];
  readonly asked: Asked[] = [];
  readonly transactions: Billed[] = [];
  /** MeterValues without transaction, and those of transactions it never knew. */
  readonly looseValues: Request<'MeterValues'>[] = [];
  /** StopTransactions of transactions whose start it refused. */
  readonly looseStops: Request<'StopTransaction'>[] = [];
  readonly refusedStarts: Request<'StartTransaction'>[] = [];
  /** Milliseconds that its clock is ahead of the world's. */
  clockOffset = 0;
  /** Seconds, told with BootNotification.conf. */
  interval = 300;
  nextTransactionId = 1001;
  /** A station whose stores were lost may not know how its transactions are called. */
  isForgiving = false;
  /** Where in `asked` begins what the station still knows. */
  answersCountFrom = 0;
  /** The idTagInfo of an idTag; absent: Accepted. */
  readonly idTags = new Map<string, object>();
  /** Answered like the first time (an id that is known). */
  private readonly answers = new Map<string, { readonly text: string; readonly answer: unknown }>();
  private readonly queued = new Map<string, Reaction[]>();
  private readonly lasting = new Map<string, Reaction>();
  private registered = false;
  /** Messages it has asked for: those may come before the station is accepted. */
  private readonly triggered = new Set<string>();
  private calls = 0;
  private rejected = false;
  /** The newest timestamp of each transaction. */
  private readonly newest = new Map<number, number>();

  constructor(line: Line) {
    this.line = line;
  }

  /** Reactions to the next CALLs of this action, one each. */
  next(action: Action, ...reactions: Reaction[]): void {
    this.queued.set(action, [...(this.queued.get(action) ?? []), ...reactions]);
  }

  /** The reaction to every CALL of this action from now on; none: the usual one. */
  always(action: Action, reaction?: Reaction): void {
    if (reaction) this.lasting.set(action, reaction);
    else this.lasting.delete(action);
  }

  /** Reacts as usual to everything. */
  behave(): void {
    this.queued.clear();
    this.lasting.clear();
  }

  /** It reacts as usual, if late now and then. */
  get isSensible(): boolean {
    for (const reactions of this.queued.values()) if (reactions.length > 0) return false;
    for (const reaction of this.lasting.values()) if (Object.keys(reaction).some((name) => name !== 'after')) return false;
    return true;
  }

  /** Its clock in Unix milliseconds. */
  get now(): number {
    return epoch + this.clockOffset + this.line.time;
  }

  /** The station has booted: BootNotification comes first. */
  onBoot(): void {
    this.registered = false;
    this.rejected = false;
  }

  /** The connection or the station is gone: nobody answers what was asked. */
  onGone(): void {
    for (const asked of this.asked) if (isOpen(asked)) asked.lost = true;
  }

  /** A frame of its own that did not arrive. */
  onLost(id: unknown): void {
    for (const asked of this.asked) if (asked.id === id && isOpen(asked)) asked.lost = true;
  }

  /** What should have been answered and was not. */
  get unanswered(): Asked[] {
    return this.asked.filter((asked) => isOpen(asked) && asked.lost !== true);
  }

  /** Sends a CALL; the answer is found in what is returned. */
  request(action: string, payload: object, id = `csms-${++this.calls}`): Asked {
    const asked: Asked = { action, id, at: this.line.time, request: payload as Record<string, unknown>, lost: this.rejected };
    this.asked.push(asked);
    if (action === 'TriggerMessage') this.triggered.add(String((payload as { requestedMessage?: unknown }).requestedMessage));
    this.line.deliver(JSON.stringify([2, id, action, payload]), 0);
    return asked;
  }

  /** Sends any text. */
  send(text: string): void {
    this.line.deliver(text, 0);
  }

  close(code: number): void {
    this.line.closeByPeer(code, 0);
  }

  /** CALLs of one action that had an effect: their payloads. */
  payloads<A extends Action>(action: A): Request<A>[] {
    const list: Request<A>[] = [];
    for (const call of this.received) {
      if (call.action === action && !call.repeated && !call.refused) list.push(call.payload as unknown as Request<A>);
    }
    return list;
  }

  // What the station sends. The frame was checked by the world.

  onResult(id: string, payload: Record<string, unknown>): void {
    const asked = this.open(id);
    if (asked === undefined) return this.line.fault(`a CALLRESULT to nothing asked: ${id}`);
    asked.payload = payload;
    asked.answeredAt = this.line.time;
    const table = (tables as unknown as Record<string, Table | undefined>)[`${asked.action}Response`];
    const violation = table && check(table, payload);
    if (violation instanceof Violation)
      this.line.fault(`${asked.action}.conf breaks its schema at ${violation.field}: ${JSON.stringify(payload)}`);
  }

  onError(id: string, code: string): void {
    if (id === '-1') return;
    const asked = this.open(id);
    if (asked === undefined) return this.line.fault(`a CALLERROR to nothing asked: ${id}`);
    asked.error = code;
    asked.answeredAt = this.line.time;
  }

  private open(id: string): Asked | undefined {
    for (const asked of this.asked) if (asked.id === id && isOpen(asked)) return asked;
    return undefined;
  }

  onCall(text: string, id: string, action: Action, payload: Record<string, unknown>): void {
    const known = this.answers.get(id);
    if (known && known.text !== text) this.line.fault(`the id ${id} was used for two texts: ${known.text} and ${text}`);
    const scripted = this.queued.get(action)?.shift() ?? this.lasting.get(action) ?? {};
    // What took effect once is not refused when it comes again.
    const reaction = known && scripted.error !== undefined ? {} : scripted;
    const unusable = action === 'StartTransaction' && 'payload' in reaction && !hasTransactionId(reaction.payload);
    const refused = reaction.error !== undefined || reaction.ignored === true || unusable;
    this.received.push({ at: this.line.time, boot: this.line.boot, action, id, payload, repeated: known !== undefined, refused });
    if (!this.registered && action !== 'BootNotification' && !this.triggered.has(action))
      this.line.fault(`${action} before the station was accepted`);
    const answer = refused ? undefined : (known?.answer ?? this.usual(action, payload, reaction));
    if (refused && action === 'StartTransaction') this.refusedStarts.push(payload as unknown as Request<'StartTransaction'>);
    if (refused && action === 'StopTransaction') this.onRefusedStop(payload as unknown as Request<'StopTransaction'>);
    if (!refused && !known) this.answers.set(id, { text, answer });
    this.answer(id, reaction, answer);
    if (action !== 'BootNotification' || refused) return;
    this.registered = (answer as { status?: string }).status === 'Accepted';
    this.rejected = (answer as { status?: string }).status === 'Rejected';
  }

  private answer(id: string, reaction: Reaction, usual: unknown): void {
    const { error, description = '', after = 0, text, asksFirst } = reaction;
    if (asksFirst) this.request(asksFirst[0], asksFirst[1]);
    if (reaction.close !== undefined || reaction.silent === true) this.line.noAnswer(id);
    if (reaction.close !== undefined) return this.line.closeByPeer(reaction.close, after * 1000);
    if (reaction.silent === true) return;
    const result = 'payload' in reaction ? reaction.payload : usual;
    const frame = error === undefined ? [3, id, result] : [4, id, error, description, {}];
    const answer = text === undefined ? JSON.stringify(frame) : text.replace('%id', id);
    this.line.deliver(answer, after * 1000);
    if (reaction.twice === true) this.line.deliver(answer, after * 1000);
    if (reaction.closeAfter !== undefined) this.line.closeByPeer(reaction.closeAfter, after * 1000);
  }

  /** Takes effect, and gives the answer. */
  private usual(action: Action, payload: Record<string, unknown>, reaction: Reaction): unknown {
    const merge = { ...reaction.merge, ...(reaction.payload as object | undefined) };
    switch (action) {
      case 'BootNotification':
        return { status: 'Accepted', currentTime: this.timeText(), interval: this.interval, ...merge };
      case 'Heartbeat':
        return { currentTime: this.timeText(), ...merge };
      case 'Authorize':
        return { idTagInfo: this.infoOf(payload['idTag']), ...merge };
      case 'StartTransaction':
        return this.onStart(payload as unknown as Request<'StartTransaction'>, merge);
      case 'StopTransaction':
        this.onStop(payload as unknown as Request<'StopTransaction'>);
        return { ...(payload['idTag'] === undefined ? {} : { idTagInfo: this.infoOf(payload['idTag']) }), ...merge };
      case 'MeterValues':
        this.onMeterValues(payload as unknown as Request<'MeterValues'>);
        return merge;
      case 'DataTransfer':
        return { status: 'Accepted', ...merge };
      default:
        return merge;
    }
  }

  private timeText(): string {
    return new Date(this.now).toISOString();
  }

  private infoOf(idTag: unknown): object {
    return this.idTags.get(String(idTag)) ?? { status: 'Accepted' };
  }

  private onStart(start: Request<'StartTransaction'>, merge: { transactionId?: number }): object {
    const transactionId = merge.transactionId ?? this.nextTransactionId++;
    this.newest.delete(transactionId);
    this.inOrder('StartTransaction', transactionId, start.timestamp);
    const open = this.transactions.find(
      (other) => other.start.connectorId === start.connectorId && other.stop === undefined && !other.refusedStop,
    );
    if (open && this.isForgiving) open.refusedStop = true;
    else if (open) this.line.fault(`a second transaction on connector ${start.connectorId}: ${JSON.stringify(start)}`);
    this.transactions.push({ transactionId, start, startedAt: this.line.time, values: [] });
    return { idTagInfo: this.infoOf(start.idTag), ...merge, transactionId };
  }

  private onMeterValues(request: Request<'MeterValues'>): void {
    const triggered = request.meterValue.some((value) => value.sampledValue.some((sample) => sample.context === 'Trigger'));
    const { transactionId, connectorId } = request;
    if (!triggered) for (const value of request.meterValue) this.inOrder('MeterValues', transactionId, value.timestamp);
    if (transactionId === undefined || transactionId === -1) {
      if (transactionId === -1 && this.refusedStarts.length === 0 && !this.isForgiving)
        this.line.fault('MeterValues with transactionId -1');
      this.looseValues.push(request);
      return;
    }
    const transaction = this.transactionOf(transactionId);
    if (transaction === undefined) return this.line.fault(`MeterValues of an unknown transaction: ${JSON.stringify(request)}`);
    if (transaction.stop && !triggered) this.line.fault(`MeterValues after the stop: ${JSON.stringify(request)}`);
    if (transaction.start.connectorId !== connectorId) this.line.fault(`MeterValues of another connector: ${JSON.stringify(request)}`);
    transaction.values.push(...request.meterValue);
  }

  private onStop(stop: Request<'StopTransaction'>): void {
    for (const value of stop.transactionData ?? []) this.inOrder('transactionData', undefined, value.timestamp);
    this.inOrder('StopTransaction', stop.transactionId, stop.timestamp);
    if (stop.transactionId === -1) {
      if (this.refusedStarts.length === 0 && !this.isForgiving) this.line.fault('StopTransaction with transactionId -1');
      this.looseStops.push(stop);
      return;
    }
    const transaction = this.transactionOf(stop.transactionId);
    if (transaction === undefined) return this.line.fault(`a stop of an unknown transaction: ${JSON.stringify(stop)}`);
    if (transaction.stop && this.isForgiving) return;
    if (transaction.stop) return this.line.fault(`a second stop: ${JSON.stringify(stop)} after ${JSON.stringify(transaction.stop)}`);
    if (stop.meterStop < transaction.start.meterStart) this.line.fault(`meterStop below meterStart: ${JSON.stringify(stop)}`);
    transaction.stop = stop;
    transaction.stoppedAt = this.line.time;
  }

  private onRefusedStop(stop: Request<'StopTransaction'>): void {
    const transaction = this.transactionOf(stop.transactionId);
    if (transaction) transaction.refusedStop = true;
  }

  /** Ids may repeat: the newest one counts. */
  private transactionOf(transactionId: number): Billed | undefined {
    for (let index = this.transactions.length - 1; index >= 0; index--) {
      const transaction = this.transactions[index]!;
      if (transaction.transactionId === transactionId) return transaction;
    }
    return undefined;
  }

  /** Timestamps of one transaction never go backwards, whatever the clock does; and none is of a time before there was a station. */
  private inOrder(action: string, transactionId: number | undefined, timestamp: string): void {
    const date = Date.parse(timestamp);
    if (!(date >= epoch)) this.line.fault(`${action} of ${timestamp}`);
    if (transactionId === undefined || transactionId === -1) return;
    const newest = this.newest.get(transactionId) ?? 0;
    if (date < newest && !this.isForgiving) this.line.fault(`${action} of ${timestamp} after one of ${new Date(newest).toISOString()}`);
    this.newest.set(transactionId, Math.max(newest, date));
  }
}

function isOpen(asked: Asked): boolean {
  return asked.payload === undefined && asked.error === undefined;
}

function hasTransactionId(payload: unknown): boolean {
  const transactionId = (payload as { transactionId?: unknown } | undefined)?.transactionId;
  return typeof transactionId === 'number' && Number.isInteger(transactionId);
}

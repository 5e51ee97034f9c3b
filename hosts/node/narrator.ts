/** What people at a terminal, or in a log, read of events and of what is said between the station and somebody else's central system. */

import type { LogLevel } from '../../src/index.ts';
import { brief } from './trace.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface NarratorOptions {
  readonly log: (level: LogLevel, text: string) => void;
  /** No central system has accepted the station yet, or this one has not. */
  readonly isUnregistered: () => boolean;
}

/** CALLs that are remembered until they are answered. */
const mostOpen = 100;

export class Narrator {
  private readonly options: NarratorOptions;
  /** Actions of CALLs without answer, by direction and id. */
  private readonly open = new Map<string, { readonly action: string; readonly text: string }>();

  constructor(options: NarratorOptions) {
    this.options = options;
  }

  event(event: string, fields: Fields): void {
    const isDecidedOffline = event === 'token' && fields['result'] === 'Invalid' && fields['source'] === 'offline';
    const why = isDecidedOffline && this.options.isUnregistered() ? ' (not registered yet)' : '';
    this.options.log(event === 'callback' ? 'debug' : 'info', `${event} ${brief(fields)}${why}`);
  }

  /** A frame, masked. The central system's CALLs are shown as they come, the station's once they are answered. */
  frame(direction: 'in' | 'out', text: string): void {
    const frame = parsed(text);
    const [type, id, third, payload] = frame;
    if (type === 2 && typeof third === 'string') this.onCall(direction, `${id}`, third, payload);
    else if (type === 3 || type === 4) this.onAnswer(direction === 'in' ? 'out' : 'in', `${id}`, type === 3 ? third : { error: third });
  }

  private onCall(direction: 'in' | 'out', id: string, action: string, payload: unknown): void {
    const text = `${action} ${shown(payload)}`;
    if (this.open.size >= mostOpen) this.open.clear();
    this.open.set(direction + id, { action, text });
    if (direction === 'in') this.options.log('info', `csms: -> ${text}`);
  }

  private onAnswer(asked: 'in' | 'out', id: string, answer: unknown): void {
    const call = this.open.get(asked + id);
    if (call === undefined) return;
    this.open.delete(asked + id);
    if (asked === 'in') this.options.log('info', `csms: <- ${call.action} ${shown(answer)}`);
    else this.options.log('info', `csms: <- ${call.text}${shown(answer) === '{}' ? '' : `  -> ${shown(answer)}`}`);
  }
}

function parsed(text: string): readonly unknown[] {
  try {
    const frame: unknown = JSON.parse(text);
    return Array.isArray(frame) ? frame : [];
  } catch {
    return [];
  }
}

function shown(payload: unknown): string {
  return typeof payload === 'object' && payload !== null ? brief(payload) : `${payload ?? '{}'}`;
}

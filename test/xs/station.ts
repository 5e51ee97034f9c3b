/** The station of a story in the measured XS machine: the local station, with the world behind the bridge. Everything crosses as JSON text. */

import { type Build, type Inside, localStation, type Outside } from '../local-station.ts';
import { fromText, toText } from './json.ts';

declare const bridge: (name: string, json?: string) => string | undefined;
declare const onBridge: (handler: (name: string, json: string) => string | undefined) => void;

/** What a build is told beside itself: the numbers of the host. */
export interface Created {
  readonly build: Build;
  readonly maxMessageBytes: number;
  readonly localListCapacity: number;
  readonly cacheCapacity: number;
}

function ask(name: string, ...values: readonly unknown[]): never {
  const answer = bridge(name, toText(values));
  return (answer === undefined ? undefined : fromText(answer)) as never;
}

class BridgedWorld implements Outside {
  readonly maxMessageBytes: number;
  readonly localListCapacity: number;
  readonly cacheCapacity: number;

  constructor(created: Created) {
    this.maxMessageBytes = created.maxMessageBytes;
    this.localListCapacity = created.localListCapacity;
    this.cacheCapacity = created.cacheCapacity;
  }

  now = (): number => ask('now');
  alarm = (at: number | undefined): void => ask('alarm', at);
  wallClockHint = (): number | undefined => ask('wallClockHint');
  read = (key: string): string | undefined => ask('read', key);
  write = (key: string, text: string): void => ask('write', key, text);
  remove = (key: string): void => ask('remove', key);
  keys = (shelf: string): string[] => ask('keys', shelf);
  append = (record: string): number => ask('append', record);
  record = (number: number): string | undefined => ask('record', number);
  release = (before: number): void => ask('release', before);
  first = (): number => ask('first');
  next = (): number => ask('next');
  free = (): number => ask('free');
  capacity = (): number => ask('capacity');
  open: Outside['open'] = (address) => ask('open', address);
  send = (text: string): boolean => ask('send', text);
  ping = (payload: string): void => ask('ping', payload);
  close = (code: number, reason: string): void => ask('close', code, reason);
  random = (length: number): number[] => ask('random', length);
  log: Outside['log'] = (level, text) => ask('log', level, text);
  observe: Outside['observe'] = (event) => ask('observe', event);
  callback: Outside['callback'] = (name, args) => ask('callback', name, args);
  answered: Outside['answered'] = (ticket, answer) => ask('answered', ticket, answer);
}

export default function main(): void {
  let station: Inside | undefined;
  onBridge((name, json) => {
    if (name === 'create') {
      const created = fromText(json) as Created;
      station = localStation(new BridgedWorld(created), created.build);
      return undefined;
    }
    const result = station?.input(name, fromText(json) as unknown[]);
    return result === undefined ? undefined : toText(result);
  });
}

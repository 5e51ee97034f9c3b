/**
 * What must arrive, in order: StartTransaction, StopTransaction and MeterValues as records of the journal. Knows when the head may be
 * sent, how often, under which id and with which date (protocol.md section 4); what a record means is its reader's business.
 */

import type { Host, Journal, Parts } from '../host.ts';
import type { Settings } from '../settings/settings.ts';
import type { Action } from '../wire/types.ts';
import { type Clock, dateOfStamp } from './clock.ts';
import { Deadline, type Deadlines } from './deadlines.ts';
import type { CallOwner, Session } from './session.ts';

/** Who wrote the records knows what they say. */
export interface RecordReader {
  /** The message a record asks for; undefined: none, it is passed over. */
  actionOf(record: string): Action | undefined;
  partsOf(id: string, number: number, record: string): Parts;
  /** The central system answered. False: the answer is unusable and counts like a CALLERROR (StartTransaction without id). */
  onConfirmed(number: number, record: string, payload: object | undefined): boolean;
  /** Given up after TransactionMessageAttempts CALLERRORs, or damaged. */
  onDropped(number: number, record: string, reason: string): void;
  /** The oldest record whose confirmation the store refused so far: it must be told again after a power cut. Infinity: it has all. */
  oldestRefused(): number;
  /** From now on only every n-th sample is stored. */
  onThinning(every: number): void;
  /** The oldest record that is still needed although it was told (transactionData of a running transaction). */
  oldestNeeded(): number;
  /** Called for each record that is not yet told, in order, when the outbox is mounted. */
  onRecovered(number: number, record: string): void;
}

const prefixEntry = 't/id';
const attemptsEntry = 't/attempts';
const bootEntry = 't/boot';
/** Waits grow with each time-out in a row, up to this, in seconds. */
const longestWait = 600;
/** What only StartTransaction and StopTransaction may fill, in bytes; less in a journal that is small itself. */
const reserve = 32_768;

export class Outbox implements CallOwner {
  private readonly host: Host;
  private readonly settings: Settings;
  private readonly deadlines: Deadlines;
  private readonly clock: Clock;
  private readonly session: Session;
  private readonly reader: RecordReader;
  private readonly prefix: string;
  /** The prefix could not be stored yet. */
  private unkept?: boolean;
  /** The next record to be told. */
  head = 1;
  /** CALLERRORs of the head so far, and its time-outs in a row. */
  private attempts = 0;
  /** Attempts that the store knows: the id follows these, for an id that a power cut would take back could count twice. */
  private keptAttempts = 0;
  private timeouts = 0;
  /** The head was sent with its present id and never answered: a CALLERROR may mean "still at it". */
  private unanswered = false;
  private resentAt = 0;
  /** Answers to other CALLs since the head's first time-out: the link is alive, the head is poisoned. */
  private othersAnswered = false;
  private flying = false;
  /** A record of this boot has a stamp without date; `b` was written before it. */
  private bootMarked = false;
  /** Dating of records without date: valid from record `datedFrom` to below `datedTo`. */
  private datedFrom = 0;
  private datedTo = 0;
  private dateOffset: number | undefined;
  private bootFloor = 0;
  private samplesOffered = 0;
  private thinning = false;
  /** Seconds between a reconnect and the first message (`setMessageQueueResumeDelay`). */
  resumeDelay = 0;
  private connectedBefore = false;

  constructor(host: Host, settings: Settings, deadlines: Deadlines, clock: Clock, session: Session, reader: RecordReader) {
    this.host = host;
    this.settings = settings;
    this.deadlines = deadlines;
    this.clock = clock;
    this.session = session;
    this.reader = reader;
    this.prefix = this.lastingPrefix();
  }

  private get journal(): Journal {
    return this.host.journal;
  }

  get isEmpty(): boolean {
    return this.head >= this.journal.next;
  }

  /** Records that wait. */
  get length(): number {
    return this.journal.next - this.head;
  }

  /** Finds what was not told before the power went. `told`: records below it were confirmed for certain. */
  mount(told: number): void {
    const { storage } = this.host;
    const attempts = storage.read(attemptsEntry)?.split(',') ?? [];
    const boot = storage.read(bootEntry)?.split(',') ?? [];
    this.head = Math.max(this.journal.first, this.markedHead(), told, Number(attempts[0]) || 0, Number(boot[0]) || 0);
    this.bootFloor = Number.parseInt(boot[1] ?? '', 36) || 0;
    this.clock.floor = this.lastDate() || Math.floor(this.host.wallClockHint() ?? 0);
    for (let number = this.head; number < this.journal.next; number++) {
      const record = this.read(number);
      if (record === undefined) continue;
      this.recoverFloor(record);
      this.reader.onRecovered(number, record);
    }
    if (Number(attempts[0]) === this.head) this.attempts = Number(attempts[1]) || 0;
    this.keptAttempts = this.attempts;
    // The boot of the head itself, which recovering has walked past.
    this.bootFloor = Number.parseInt(boot[1] ?? '', 36) || 0;
    // What was told but not released before the power went takes no room any more.
    this.journal.release(Math.min(this.head, this.reader.oldestNeeded()));
  }

  /** The record without its mark, or undefined when it is damaged or gone. */
  read(number: number): string | undefined {
    const record = this.journal.read(number);
    return record?.[0] === '@' ? record.slice(record.indexOf(';') + 1) : record;
  }

  /**
   * Stores a record that carries a stamp of `clock.stamp`. Returns its number; throws when there is no room left. StartTransaction and
   * StopTransaction are `essential`; others leave them the last of the room.
   */
  append(record: string, essential: boolean): number {
    if (!essential && this.journal.free <= this.reserve) throw new RangeError('The journal is full.');
    this.nextNumber();
    return this.store(record);
  }

  /** The number that the next record gets, for records that say where others are. Writes the mark of the boot if one is due. */
  nextNumber(): number {
    if (!this.clock.known && !this.bootMarked) {
      this.store('b' + this.clock.floor.toString(36));
      this.bootMarked = true;
    }
    return this.journal.next;
  }

  /** The time was learnt: records of this boot that have no date yet get one by it. */
  onTimeLearnt(): void {
    if (!this.bootMarked) return;
    this.bootMarked = false;
    this.datedTo = 0;
    try {
      // What was stamped without date so far was before now; later stamps must not be older.
      const now = this.host.now();
      const unix = this.clock.unixAt(now) ?? 0;
      this.store('c' + Math.floor(unix - now).toString(36));
      this.clock.floor = Math.max(this.clock.floor, Math.floor(unix));
    } catch {
      this.host.log('error', 'The journal is full: records of this boot are dated by their neighbours.');
    }
  }

  /** Whether a sample may still be stored: every 2nd below 25 % of room, every 10th below 12 % (design.md section 4). */
  admitsSample(): boolean {
    const share = this.journal.free / this.journal.capacity;
    const crowded = this.length > this.settings.number('MessageQueueSizeThreshold');
    const every = share < 0.12 ? 10 : share < 0.25 || crowded ? 2 : 1;
    if (every > 1 && !this.thinning) this.reader.onThinning(every);
    this.thinning = every > 1;
    this.samplesOffered++;
    return this.samplesOffered % every === 0 && this.journal.free > this.reserve;
  }

  /** Sends the head if it is due; false when there is nothing to send now. */
  send(): boolean {
    if (this.deadlines.isSet(Deadline.Outbox)) return false;
    while (this.head < this.journal.next) {
      const record = this.read(this.head);
      const action = record === undefined ? undefined : this.reader.actionOf(record);
      if (record === undefined) this.reader.onDropped(this.head, '', 'damaged');
      else if (record[0] === 'b') this.enterBoot(record);
      else if (action) {
        if (this.unkept) this.keepPrefix(this.prefix);
        const id = this.id();
        this.flying = true;
        if (this.unanswered) this.resentAt = this.host.now();
        this.session.send(this, action, id, this.reader.partsOf(id, this.head, record));
        return true;
      }
      this.advance();
    }
    return false;
  }

  /** An answer that is not to the CALL in flight: true when it belongs to the head, whose earlier transmission it answers. */
  isHead(id: string): boolean {
    return !this.flying && this.head < this.journal.next && this.unanswered && id === this.id();
  }

  actionOfHead(): Action | undefined {
    return this.actionOf(this.head);
  }

  /** The message that a record waits to become. */
  actionOf(number: number): Action | undefined {
    const record = this.read(number);
    return record === undefined ? undefined : this.reader.actionOf(record);
  }

  onOtherAnswer(): void {
    this.othersAnswered = true;
  }

  /** A connection opened: what waited only because the old one was dead is sent at once. */
  onConnectionOpened(): void {
    if (this.timeouts > 0 && !this.othersAnswered) this.deadlines.clear(Deadline.Outbox);
    if (this.connectedBefore && this.resumeDelay > 0) {
      this.deadlines.set(Deadline.Outbox, Math.max(this.waitsUntil(), this.host.now() + this.resumeDelay * 1000));
    }
    this.connectedBefore = true;
  }

  onResult(_action: Action, payload: object | undefined): void {
    this.flying = false;
    const record = this.read(this.head) ?? '';
    if (this.reader.onConfirmed(this.head, record, payload)) this.advance();
    else this.onCallError(_action, 'unusable answer');
  }

  /** Only this is a failed attempt (1.6 3.7.1, OCPP-J errata 3.3). */
  onCallError(action: Action, code: string): void {
    this.flying = false;
    const timeout = this.settings.number('MessageTimeout') * 1000;
    const mayBeBusy = this.unanswered && this.host.now() - this.resentAt < timeout;
    this.unanswered = false;
    this.timeouts = 0;
    this.attempts++;
    if (mayBeBusy) this.uncounted++;
    this.host.log('warn', `${action} was refused (${code}).`);
    if (this.attempts - this.uncounted >= Math.max(1, this.settings.number('TransactionMessageAttempts'))) {
      this.drop(code);
      return;
    }
    this.rememberAttempts();
    this.waitFor(Math.max(1, this.attempts - this.uncounted));
  }

  /** CALLERRORs that do not count as attempts, though each asks for a new id. */
  private uncounted = 0;

  onNoAnswer(action: Action, timedOut: boolean): void {
    this.flying = false;
    this.unanswered = true;
    if (!timedOut) return;
    if (this.timeouts === 0) this.othersAnswered = false;
    this.timeouts++;
    if (this.timeouts >= 3 && this.othersAnswered) {
      this.session.close(1001, '');
      if (action === 'MeterValues') {
        this.drop('never answered');
        return;
      }
    }
    this.waitFor(this.timeouts);
  }

  /** The date of a record, in Unix milliseconds: the same whenever it is asked for. */
  dateOf(number: number, stamp: string): number {
    if (stamp[0] !== '~') return dateOfStamp(stamp);
    if (number < this.datedFrom || number >= this.datedTo) this.findOffset(number);
    const time = Number.parseInt(stamp.slice(1), 36);
    return Math.max(this.bootFloor, this.dateOffset === undefined ? this.bootFloor + time : this.dateOffset + time);
  }

  private waitsUntil(): number {
    return this.deadlines.isSet(Deadline.Outbox) ? this.deadlines.get(Deadline.Outbox) : 0;
  }

  private waitFor(times: number): void {
    const wait = Math.min(longestWait, times * this.settings.number('TransactionMessageRetryInterval'));
    this.deadlines.set(Deadline.Outbox, this.host.now() + wait * 1000);
  }

  /** Gives the head up, durably: told after a power cut it would come behind what was told since. */
  private drop(reason: string): void {
    this.reader.onDropped(this.head, this.read(this.head) ?? '', reason);
    this.advance();
    this.rememberAttempts();
  }

  private advance(): void {
    this.head++;
    this.attempts = 0;
    this.keptAttempts = 0;
    this.uncounted = 0;
    this.timeouts = 0;
    this.unanswered = false;
    this.deadlines.clear(Deadline.Outbox);
    this.journal.release(Math.min(this.head, this.reader.oldestNeeded()));
  }

  private get reserve(): number {
    return Math.min(reserve, this.journal.capacity / 8);
  }

  /** While told records are still needed, each new record says how far was told; else the journal's release mark does. */
  private store(record: string): number {
    const told = Math.min(this.head, this.reader.oldestRefused());
    const mark = told > this.journal.first ? '@' + told.toString(36) + ';' : '';
    return this.journal.append(mark + record);
  }

  private markedHead(): number {
    const record = this.journal.read(this.journal.next - 1);
    return record?.[0] === '@' ? Number.parseInt(record.slice(1, record.indexOf(';')), 36) : 0;
  }

  /** The newest date that was given out, told or not; 0 when there is none. */
  private lastDate(): number {
    let offset: number | undefined;
    for (let number = this.journal.next - 1; number > 0; number--) {
      const record = this.read(number);
      if (record === undefined) break;
      if (record[0] === 'b') return Math.max(this.bootFloor, Number.parseInt(record.slice(1), 36) || 0);
      const stamp = stampOf(record);
      if (record[0] === 'c') offset = Number.parseInt(record.slice(1), 36);
      else if (stamp[0] !== '~') return dateOfStamp(stamp);
      else return Math.max(this.bootFloor, (offset ?? this.bootFloor) + Number.parseInt(stamp.slice(1), 36));
    }
    return this.bootFloor;
  }

  /** No later stamp may be older than what earlier boots have written. */
  private recoverFloor(record: string): void {
    const stamp = stampOf(record);
    if (record[0] === 'b') this.bootFloor = Number.parseInt(record.slice(1), 36) || 0;
    const time = stamp[0] === '~' ? Number.parseInt(stamp.slice(1), 36) : 0;
    const date = stamp === '' || stamp[0] === '~' ? this.bootFloor + time : dateOfStamp(stamp);
    if (date > this.clock.floor) this.clock.floor = date;
  }

  /** The head enters a boot that wrote records before it knew the time: all before it is told, and it is dated from here on. */
  private enterBoot(record: string): void {
    this.bootFloor = Number.parseInt(record.slice(1), 36) || 0;
    this.datedTo = 0;
    try {
      this.host.storage.write(bootEntry, this.head + ',' + record.slice(1));
    } catch {
      this.host.log('warn', 'Storage failed: dates may differ after a power cut.');
    }
  }

  /** Looks ahead for the moment when the boot of this record learnt the time. */
  private findOffset(number: number): void {
    this.dateOffset = undefined;
    let ahead = number + 1;
    for (; ahead < this.journal.next; ahead++) {
      const record = this.read(ahead);
      if (record?.[0] === 'c') this.dateOffset = Number.parseInt(record.slice(1), 36);
      if (record?.[0] === 'c' || record?.[0] === 'b') break;
    }
    this.datedFrom = number;
    this.datedTo = ahead;
    if (this.dateOffset === undefined)
      this.host.log('warn', 'Records of a boot that never learnt the time are dated between their neighbours.');
  }

  private id(): string {
    return this.prefix + '-' + this.head.toString(36) + (this.keptAttempts > 0 ? '.' + this.keptAttempts : '');
  }

  private rememberAttempts(): void {
    try {
      this.host.storage.write(attemptsEntry, this.head + ',' + this.attempts);
      this.keptAttempts = this.attempts;
    } catch {
      this.host.log('warn', 'Storage failed: the next attempt keeps its id, and attempts are counted anew after a power cut.');
    }
  }

  /** Random once for the life of the journal, whose numbers make it unique (OCPP-J errata 3.1). */
  private lastingPrefix(): string {
    const stored = this.journal.next > 1 ? this.host.storage.read(prefixEntry) : undefined;
    if (stored) return stored;
    const prefix = this.session.nextId().replace('-', 'x');
    this.keepPrefix(prefix);
    return prefix;
  }

  /** A store without room is asked again before anything is sent: under another id the same message would count twice. */
  private keepPrefix(prefix: string): void {
    try {
      this.host.storage.write(prefixEntry, prefix);
      delete this.unkept;
    } catch {
      this.unkept = true;
      this.host.log('warn', 'Storage failed: a power cut will change the ids of what waits.');
    }
  }
}

/** Every record but `b` and `c` has its stamp between its first two commas. */
export function stampOf(record: string): string {
  const comma = record.indexOf(',');
  return comma < 0 ? '' : record.slice(comma + 1, record.indexOf(',', comma + 1));
}

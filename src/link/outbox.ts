/**
 * What must arrive, in order: StartTransaction, StopTransaction and MeterValues as records of the journal. Knows when the head may be
 * sent, how often, under which id and with which date (protocol.md section 4); what a record means is its reader's business.
 */

import type { Host, Journal, Parts } from '../host.ts';
import type { Settings } from '../settings/settings.ts';
import type { Action } from '../wire/types.ts';
import type { Clock } from './clock.ts';
import { type DateStore, Dating, recordAt, stampOf } from './dating.ts';
import { Deadline, type Deadlines } from './deadlines.ts';
import type { CallOwner, Session } from './session.ts';

/** Who wrote the records knows what they say. */
export interface RecordReader {
  /** The message a record asks for; undefined: none, it is passed over. */
  actionOf(record: string): Action | undefined;
  partsOf(id: string, number: number, record: string): Parts;
  /** Whether it is told in one go with the start of this number: nothing comes between. */
  isPartOfStart(start: number, number: number, record: string): boolean;
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
  /** What had no date yet has one now, none later than this moment of the boot, which is `unix` in Unix milliseconds. */
  onDated(unix: number): void;
  /** The journal is another one than the store speaks of: no record below `next` is one that the store names. */
  onJournalLost(next: number): void;
}

const prefixEntry = 't/id';
const attemptsEntry = 't/attempts';
/** How far was told, when neither the journal nor another entry can say it; the version before wrote something behind a comma. */
const toldEntry = 't/boot';
/** Waits after time-outs grow with each one in a row, up to this, in seconds. */
const longestWait = 600;
/** Seconds between a CALLERROR and the next attempt at the least: TransactionMessageRetryInterval may be 0, and the network is fast. */
const shortestWait = 1;
/** So many records may be confirmed before flash says so: after a power cut they are told again, once. */
const mostUnnoted = 16;
/** What only StartTransaction and StopTransaction may fill, in bytes; less in a journal that is small itself. */
const reserve = 32_768;

/** Of the head, while it was not simply sent and confirmed. */
class Trouble {
  /** CALLERRORs so far. */
  attempts = 0;
  /** Attempts that the store knows: the id follows these, for an id that a power cut would take back could count twice. */
  kept = 0;
  /** CALLERRORs that do not count as attempts, though each asks for a new id. */
  uncounted = 0;
  /** Time-outs in a row. */
  timeouts = 0;
  /** It was sent with its present id and never answered: a CALLERROR may mean "still at it". */
  unanswered = false;
  resentAt = 0;
  /** Answers to other CALLs since the first time-out: the link is alive, the head is poisoned. */
  othersAnswered = false;

  get counted(): number {
    return this.attempts - this.uncounted;
  }
}

export class Outbox implements CallOwner, DateStore {
  private readonly host: Host;
  private readonly settings: Settings;
  private readonly deadlines: Deadlines;
  private readonly clock: Clock;
  private readonly session: Session;
  private readonly reader: RecordReader;
  private readonly dating: Dating;
  private prefix: string;
  /** The prefix could not be stored yet. */
  private unkept?: boolean;
  /** The next record to be told. */
  head = 1;
  /** What went wrong with the head so far. */
  private trouble?: Trouble;
  private flying?: boolean;
  /** Flash says that everything below was told. Records below `doubtful` may have been told before the power went. */
  private noted = 0;
  private doubtful = 0;
  private thinning?: boolean;
  /** Seconds between a reconnect and the first message (`setMessageQueueResumeDelay`). */
  resumeDelay?: number;
  private connectedBefore?: boolean;

  constructor(host: Host, settings: Settings, deadlines: Deadlines, clock: Clock, session: Session, reader: RecordReader) {
    this.host = host;
    this.settings = settings;
    this.deadlines = deadlines;
    this.clock = clock;
    this.session = session;
    this.reader = reader;
    this.dating = new Dating(host, clock, this);
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

  /** Finds what was not told before the power went. `told`: records below it were confirmed for certain, as far as the reader's entries say. */
  mount(told: number): void {
    const { storage } = this.host;
    const { first, next } = this.journal;
    const attempts = storage.read(attemptsEntry)?.split(',') ?? [];
    const noted = Math.max(told, Number(attempts[0]) || 0, Number.parseInt(storage.read(toldEntry) ?? '', 10) || 0);
    this.head = Math.max(first, this.markedHead());
    if (noted > next) this.onJournalLost();
    else this.head = Math.max(this.head, noted);
    for (let number = this.head; number < next; number++) {
      const record = this.read(number);
      if (record !== undefined) this.recover(number, record);
    }
    if (Number(attempts[0]) === this.head) {
      const trouble = this.troubleOfHead();
      trouble.attempts = Number(attempts[1]) || 0;
      trouble.uncounted = Number(attempts[2]) || 0;
      trouble.kept = trouble.attempts;
    }
    this.noted = this.head;
    this.doubtful = Math.min(this.head + mostUnnoted, next);
    // What was told but not released before the power went takes no room any more.
    this.journal.release(Math.min(this.head, this.reader.oldestNeeded()));
  }

  /** One that cannot be read, of another version say, stops no boot (design.md section 4); `send` names and passes over it. */
  private recover(number: number, record: string): void {
    try {
      this.reader.onRecovered(number, record);
    } catch (error) {
      this.host.log('error', `Record ${number} of the journal cannot be read: ${error}`);
    }
  }

  /** The store remembers a journal that was erased or replaced: what that held is lost, what comes is told, under ids of its own. */
  private onJournalLost(): void {
    this.host.log('error', 'The journal was lost: what waited in it is never told.');
    this.prefix = this.newPrefix();
    this.reader.onJournalLost(this.journal.next);
    try {
      this.host.storage.remove(attemptsEntry);
      this.host.storage.remove(toldEntry);
    } catch (error) {
      this.host.log('error', `The store still remembers the journal that was lost: ${error}`);
    }
  }

  /** The record without its mark, or undefined when it is damaged or gone. */
  read(number: number): string | undefined {
    return recordAt(this.journal, number);
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
    this.dating.prepare();
    return this.journal.next;
  }

  /** The time was learnt: what has no date yet gets one by it. */
  onTimeLearnt(): void {
    if (this.dating.settle()) this.reader.onDated(this.clock.lowerBoundAt(this.host.now()));
  }

  /** The date of a record, in Unix milliseconds: the same whenever it is asked for. */
  dateOf(number: number, stamp: string): number {
    return this.dating.dateOf(number, stamp);
  }

  /** Whether nothing says yet when a record was. */
  isOpen(number: number, stamp: string): boolean {
    return this.dating.isOpen(number, stamp);
  }

  /** A stamp for a record that means the moment of an older one. */
  stampAgain(number: number, stamp: string): string {
    return this.dating.stampAgain(number, stamp);
  }

  /** Of how many samples one may be stored: every 2nd below 25 % of room, every 10th below 12 % (design.md section 4). Whose turn it is, is the sampler's business. */
  sampleStride(): number {
    const share = this.journal.free / this.journal.capacity;
    const crowded = this.length > this.settings.number('MessageQueueSizeThreshold');
    const every = share < 0.12 ? 10 : share < 0.25 || crowded ? 2 : 1;
    if (every === 1) delete this.thinning;
    else if (!this.thinning) this.reader.onThinning(every);
    if (every > 1) this.thinning = true;
    return every;
  }

  /** Sends the head if it is due; false when there is nothing to send now. */
  send(): boolean {
    if (this.deadlines.isSet(Deadline.Outbox)) return false;
    const action = this.walkToMessage();
    if (action === undefined) return false;
    const record = this.read(this.head) ?? '';
    if (this.unkept) this.keepPrefix(this.prefix);
    // A central system that accepts the station without a time that could be believed: the date that is sent first stays.
    if (this.dating.isOpen(this.head, stampOf(record))) this.onTimeLearnt();
    const id = this.id();
    let parts: Parts;
    try {
      parts = this.reader.partsOf(id, this.head, record);
    } catch (error) {
      // Given up like one that is refused: what waits behind it must not wait for ever.
      this.onCallError(action, `it cannot be made: ${error}`);
      return false;
    }
    if (this.trouble?.unanswered) this.trouble.resentAt = this.host.now();
    this.flying = true;
    this.session.send(this, action, id, parts);
    return true;
  }

  /** Whether the message of this start or stop, or what belongs to it, is the one that may leave now. */
  isNext(number: number): boolean {
    if (number < 0 || this.deadlines.isSet(Deadline.Outbox) || this.walkToMessage() === undefined) return false;
    return number === this.head || this.reader.isPartOfStart(number, this.head, this.read(this.head) ?? '');
  }

  /** Passes over what asks for no message, and over what is damaged; the message of the head then, undefined: none waits. */
  private walkToMessage(): Action | undefined {
    while (this.head < this.journal.next) {
      try {
        const record = this.read(this.head);
        if (record === undefined) this.reader.onDropped(this.head, '', 'damaged');
        const action = record === undefined ? undefined : this.reader.actionOf(record);
        if (action) return action;
      } catch (error) {
        this.reader.onDropped(this.head, '', `it cannot be read: ${error}`);
      }
      this.advance();
    }
    return undefined;
  }

  /** An answer that is not to the CALL in flight: true when it belongs to the head, whose earlier transmission it answers. */
  isHead(id: string): boolean {
    return !this.flying && this.head < this.journal.next && this.trouble?.unanswered === true && id === this.id();
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
    if (this.trouble) this.trouble.othersAnswered = true;
  }

  /** A connection opened: what waited only because the old one was dead is sent at once. */
  onConnectionOpened(): void {
    const { trouble, resumeDelay = 0 } = this;
    if (trouble !== undefined && trouble.timeouts > 0 && !trouble.othersAnswered) this.deadlines.clear(Deadline.Outbox);
    if (this.connectedBefore && resumeDelay > 0) {
      this.deadlines.set(Deadline.Outbox, Math.max(this.waitsUntil(), this.host.now() + resumeDelay * 1000));
    }
    this.connectedBefore = true;
  }

  onResult(action: Action, payload: object | undefined): void {
    delete this.flying;
    const record = this.read(this.head) ?? '';
    if (!this.isConfirmed(record, payload)) return this.onCallError(action, 'unusable answer');
    // The reader has noted it.
    if (action !== 'MeterValues' && this.reader.oldestRefused() === Number.POSITIVE_INFINITY) this.noted = this.head + 1;
    this.advance();
    if (this.head <= this.doubtful || this.head - this.noted >= mostUnnoted) this.noteTold();
  }

  /** It is told, whatever goes wrong with what follows from it. */
  private isConfirmed(record: string, payload: object | undefined): boolean {
    try {
      return this.reader.onConfirmed(this.head, record, payload);
    } catch (error) {
      this.host.log('error', `A confirmation could not be dealt with: ${error}`);
      return true;
    }
  }

  /** Only this is a failed attempt (1.6 3.7.1, OCPP-J errata 3.3). */
  onCallError(action: Action, code: string): void {
    delete this.flying;
    const trouble = this.troubleOfHead();
    const timeout = this.settings.number('MessageTimeout') * 1000;
    if (trouble.unanswered && this.host.now() - trouble.resentAt < timeout) trouble.uncounted++;
    trouble.unanswered = false;
    trouble.timeouts = 0;
    trouble.attempts++;
    this.host.log('warn', `${action} was refused (${code}).`);
    if (trouble.counted >= Math.max(1, this.settings.number('TransactionMessageAttempts'))) {
      this.drop(code);
      return;
    }
    this.rememberAttempts();
    const wait = Math.max(1, trouble.counted) * this.settings.number('TransactionMessageRetryInterval');
    this.waitFor(Math.max(shortestWait, wait));
  }

  onNoAnswer(action: Action, timedOut: boolean): void {
    delete this.flying;
    const trouble = this.troubleOfHead();
    trouble.unanswered = true;
    if (!timedOut) return;
    if (trouble.timeouts === 0) trouble.othersAnswered = false;
    trouble.timeouts++;
    if (trouble.timeouts >= 3 && trouble.othersAnswered) {
      this.session.close(1001, '');
      if (action === 'MeterValues') {
        this.drop('never answered');
        return;
      }
    }
    this.waitFor(Math.min(longestWait, trouble.timeouts * this.settings.number('TransactionMessageRetryInterval')));
  }

  private waitsUntil(): number {
    return this.deadlines.isSet(Deadline.Outbox) ? this.deadlines.get(Deadline.Outbox) : 0;
  }

  private waitFor(seconds: number): void {
    this.deadlines.set(Deadline.Outbox, this.host.now() + seconds * 1000);
  }

  /** Gives the head up, durably: told after a power cut it would come behind what was told since. */
  private drop(reason: string): void {
    try {
      this.reader.onDropped(this.head, this.read(this.head) ?? '', reason);
    } catch (error) {
      // What waits behind it must not wait for ever.
      this.host.log('error', `A message that was given up could not be dealt with: ${error}`);
    }
    this.advance();
    this.rememberAttempts();
  }

  private advance(): void {
    this.head++;
    delete this.trouble;
    this.deadlines.clear(Deadline.Outbox);
    this.journal.release(Math.min(this.head, this.reader.oldestNeeded()));
  }

  /**
   * Writes down how far was told, where that is not certain yet. The next record does it for nothing; this is for reboots that are meant
   * (nothing is told again after one), and where no record comes.
   */
  noteTold(): void {
    const told = this.toldForCertain();
    if (told <= this.noted) return;
    try {
      this.host.storage.write(toldEntry, told.toString());
      this.noted = told;
    } catch {
      this.host.log('warn', 'Storage failed: what was confirmed may be told again after a power cut.');
    }
  }

  private toldForCertain(): number {
    return Math.min(this.head, this.reader.oldestRefused());
  }

  private get reserve(): number {
    return Math.min(reserve, this.journal.capacity / 8);
  }

  /** While told records are still needed, each new record says how far was told; else the journal's release mark does. */
  store(record: string): number {
    const told = this.toldForCertain();
    const mark = told > this.journal.first ? '@' + told.toString(36) + ';' : '';
    const number = this.journal.append(mark + record);
    this.noted = Math.max(this.noted, told);
    return number;
  }

  private markedHead(): number {
    const record = this.journal.read(this.journal.next - 1);
    return record?.[0] === '@' ? Number.parseInt(record.slice(1, record.indexOf(';')), 36) : 0;
  }

  private troubleOfHead(): Trouble {
    this.trouble ??= new Trouble();
    return this.trouble;
  }

  private id(): string {
    const kept = this.trouble?.kept ?? 0;
    return this.prefix + '-' + this.head.toString(36) + (kept > 0 ? '.' + kept : '');
  }

  private rememberAttempts(): void {
    try {
      const { attempts = 0, uncounted = 0 } = this.trouble ?? {};
      this.host.storage.write(attemptsEntry, this.head + ',' + attempts + (uncounted > 0 ? ',' + uncounted : ''));
      if (this.trouble) this.trouble.kept = attempts;
      this.noted = Math.max(this.noted, this.head);
    } catch {
      this.host.log('warn', 'Storage failed: the next attempt keeps its id, and attempts are counted anew after a power cut.');
    }
  }

  /** Random once for the life of the journal, whose numbers make it unique (OCPP-J errata 3.1). */
  private lastingPrefix(): string {
    const stored = this.journal.next > 1 ? this.host.storage.read(prefixEntry) : undefined;
    return stored ? stored : this.newPrefix();
  }

  private newPrefix(): string {
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

/**
 * What the desktop wallbox transfers: firmware, diagnostics and logs. Waits, attempts and phases, in files that outlive a power cut; real
 * transfers, or outcomes that a test has chosen.
 */

import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Callbacks, LogLevel } from '../../src/index.ts';
import { type ArchivedText, archiveOf } from './archive.ts';
import type { Clock, Timer } from './clock.ts';
import { download, forgetDownload, isSupported, type TransferOptions, upload, uploadedName } from './file-transfer.ts';
import { makePrivate, makePrivateFolder, privateMode } from './private-files.ts';
import { maskedUrls } from './trace.ts';

type UpdateFirmware = Parameters<NonNullable<Callbacks['updateFirmware']>>[0];
type GetDiagnostics = Parameters<NonNullable<Callbacks['uploadDiagnostics']>>[0];
type GetLog = Parameters<NonNullable<Callbacks['uploadLogs']>>[0];

export type TransferKind = 'firmware' | 'diagnostics' | 'log';
export type UploadKind = Exclude<TransferKind, 'firmware'>;
export const transferKinds: readonly TransferKind[] = ['firmware', 'diagnostics', 'log'];

/** How one attempt ends. Those of signatures end an unsigned update as a failed installation. */
export type TransferOutcome =
  | 'ok'
  | 'download_failed'
  | 'install_failed'
  | 'verification_failed'
  | 'bad_signature'
  | 'revoked'
  | 'upload_failed';
export const transferOutcomes: readonly TransferOutcome[] = [
  'ok',
  'download_failed',
  'install_failed',
  'verification_failed',
  'bad_signature',
  'revoked',
  'upload_failed',
];

/** Outcomes for the next attempts, in place of real transfers. Belongs to whoever drives the wallbox, so it outlives its reboots. */
export class ChosenOutcomes {
  private readonly chosen = new Map<TransferKind, { outcomes: TransferOutcome[]; delay: number }>();

  /** One outcome for each attempt from now on; when they are used up, transfers are real again. `delay`: seconds that a phase takes. */
  set(kind: TransferKind, outcomes: readonly TransferOutcome[], delay = 0): void {
    this.chosen.set(kind, { outcomes: [...outcomes], delay });
  }

  take(kind: TransferKind): Chosen | undefined {
    const chosen = this.chosen.get(kind);
    const outcome = chosen?.outcomes.shift();
    return chosen && outcome !== undefined ? { outcome, delay: chosen.delay } : undefined;
  }
}

interface Chosen {
  readonly outcome: TransferOutcome;
  /** Seconds. */
  readonly delay: number;
}

/** Who hears of transfers: the station (`onFirmware`, `onLog`), the control channel (`onTransfer`), and the board (`reboot`). */
export interface TransferListener {
  /** For `onFirmwareUpdateStatusNotification`. */
  onFirmware(requestId: number, status: FirmwareStatus): void;
  /** For `onLogStatusNotification`. */
  onLog(requestId: number, status: LogStatus): void;
  onTransfer(kind: TransferKind, attempt: number, status: FirmwareStatus | LogStatus): void;
  /** The new firmware is in place: restart (boot reason FirmwareUpdate), then `resume` on a new object. */
  reboot(): void;
  /** The texts of a diagnostics or log upload, of a span of Unix milliseconds. */
  collect(kind: 'diagnostics' | 'DiagnosticsLog' | 'SecurityLog', from: number, to: number): readonly ArchivedText[];
  log(level: LogLevel, text: string): void;
}

export type FirmwareStatus = 'Downloading' | 'Downloaded' | 'DownloadFailed' | 'Installing' | 'InstallationFailed' | 'Installed';
export type LogStatus = 'Uploading' | 'Uploaded' | 'UploadFailed' | 'UploadFailure';

export interface TransfersOptions {
  /** The wallbox's state directory; everything here is in its folder `transfers`. */
  readonly directory: string;
  readonly clock: Clock;
  readonly listener: TransferListener;
  readonly outcomes: ChosenOutcomes;
  /** PEM of further roots for https and ftps. */
  readonly ca?: string | undefined;
  /** `file:` locations below the state directory may be named. */
  readonly allowsFiles: boolean;
}

/** A server that is down is asked 100 times at most, and at most once a second. */
const mostRetries = 99;
const shortestRetryInterval = 1;
/** Milliseconds between installation and reboot, in which the station tells that it is installing. */
const rebootDelay = 2000;

/** What every transfer has; kept as JSON in a file of its own, `<kind>.json`. */
interface Job {
  readonly requestId: number;
  readonly location: string;
  /** Repetitions after the first attempt, and seconds between the attempts. */
  readonly retries: number;
  readonly retryInterval: number;
  phase: 'waiting' | 'transferring' | 'downloaded' | 'installing' | 'rebooting';
  /** Attempts begun so far. */
  attempt: number;
  /** Unix milliseconds: when the next attempt begins. */
  at: number;
  chosen?: Chosen | undefined;
}

interface UploadJob extends Job {
  readonly collect: Parameters<TransferListener['collect']>[0];
  readonly filename: string;
  readonly from: number;
  readonly to: number;
}

/** What is going on for one job. */
interface Activity {
  readonly job: Job | UploadJob;
  readonly abort: AbortController;
  timer: Timer | undefined;
}

/** One of a boot: after a power cut or a reboot a new one goes on with what the old one's files say. */
export class Transfers {
  private readonly options: TransfersOptions;
  private readonly folder: string;
  private readonly active = new Map<TransferKind, Activity>();
  private isClosed = false;
  private working = 0;

  constructor(options: TransfersOptions) {
    this.options = options;
    this.folder = join(options.directory, 'transfers');
    makePrivateFolder(this.folder);
    makePrivate(this.folder);
  }

  /** Something is being transferred in real time (and not waited for). */
  get isBusy(): boolean {
    return this.working > 0;
  }

  // What the core asks for. Each returns before anything is reported.

  /** Replaces an update that is under way. */
  updateFirmware(request: UpdateFirmware): void {
    this.cancel('firmware');
    forgetDownload(this.image);
    const { location, retrieveDate, retries = 3, retryInterval = 60 } = request;
    this.begin('firmware', {
      requestId: -1,
      location,
      retries,
      retryInterval,
      phase: 'waiting',
      attempt: 0,
      at: timeOf(retrieveDate, this.options.clock.unix()),
    });
  }

  /** Installation may begin. Nothing to install: nothing happens. */
  allConnectorsUnavailable(): void {
    const activity = this.active.get('firmware');
    if (activity?.job.phase === 'downloaded') this.install(activity);
  }

  /** Gives up an upload of diagnostics that is under way. */
  uploadDiagnostics(request: GetDiagnostics): { filename: string } {
    const { location, startTime, stopTime, retries = 3, retryInterval = 60 } = request;
    const filename = this.beginUpload('diagnostics', 'diagnostics', -1, {
      location,
      retries,
      retryInterval,
      from: startTime,
      to: stopTime,
    });
    return { filename };
  }

  /** As above, for GetLog (whitepaper N01). */
  uploadLog(request: GetLog): { status: 'Accepted' | 'AcceptedCanceled'; filename: string } {
    const status = this.active.has('log') ? 'AcceptedCanceled' : 'Accepted';
    const { log, logType, requestId, retries = 3, retryInterval = 60 } = request;
    const span = { from: log.oldestTimestamp, to: log.latestTimestamp };
    const filename = this.beginUpload('log', logType, requestId, { location: log.remoteLocation, retries, retryInterval, ...span });
    return { status, filename };
  }

  // Power.

  /** After a boot, before the station starts: goes on with what was interrupted; the interrupted attempt is made anew. */
  resume(): void {
    for (const kind of transferKinds) {
      const job = this.isClosed ? undefined : this.load(kind);
      if (job) this.goOn(kind, { job, abort: new AbortController(), timer: undefined });
    }
  }

  private goOn(kind: TransferKind, activity: Activity): void {
    const { job } = activity;
    this.active.set(kind, activity);
    switch (job.phase) {
      case 'waiting':
        return this.schedule(kind, activity);
      case 'transferring':
        job.attempt--;
        return this.attempt(kind, activity, job.chosen);
      case 'downloaded':
        // Before the power cut this may not have been told.
        return this.options.listener.onFirmware(job.requestId, 'Downloaded');
      case 'installing':
        return this.install(activity);
      case 'rebooting':
        this.tellFirmware(job, 'Installed');
        if (!this.isClosed) this.end('firmware');
    }
  }

  /** Power off: nothing is reported any more; files stay as they are. */
  close(): void {
    this.isClosed = true;
    for (const { abort, timer } of this.active.values()) {
      timer?.cancel();
      abort.abort();
    }
    this.active.clear();
  }

  /** Factory-fresh: forgets every job and every file. */
  static wipe(directory: string): void {
    rmSync(join(directory, 'transfers'), { recursive: true, force: true });
  }

  /** The true time was set: what waits for a date looks at it again. */
  onClockSet(): void {
    for (const [kind, activity] of this.active) if (activity.job.phase === 'waiting') this.schedule(kind, activity);
  }

  /** The firmware that is installed, as its marker says; undefined: that of the factory. */
  installed(): { readonly location: string; readonly sha256: string; readonly size: number; readonly time: string } | undefined {
    return readJson(join(this.folder, 'installed.json')) as ReturnType<Transfers['installed']>;
  }

  // Attempts.

  private begin(kind: TransferKind, job: Job): void {
    const activity = { job, abort: new AbortController(), timer: undefined };
    this.active.set(kind, activity);
    this.save(kind, job);
    this.schedule(kind, activity);
  }

  private beginUpload(
    kind: UploadKind,
    collect: UploadJob['collect'],
    requestId: number,
    request: Pick<Job, 'location' | 'retries' | 'retryInterval'> & { from: string | undefined; to: string | undefined },
  ): string {
    this.cancel(kind);
    const at = this.options.clock.unix();
    const { location, retries, retryInterval } = request;
    const filename = uploadedName(location, `${collect}-${new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')}.tar.gz`);
    const from = timeOf(request.from, 0);
    const to = timeOf(request.to, at);
    const job: UploadJob = { requestId, location, retries, retryInterval, phase: 'waiting', attempt: 0, at, collect, filename, from, to };
    this.begin(kind, job);
    return filename;
  }

  private cancel(kind: TransferKind): void {
    const activity = this.active.get(kind);
    activity?.timer?.cancel();
    activity?.abort.abort();
    this.active.delete(kind);
  }

  private end(kind: TransferKind): void {
    this.cancel(kind);
    rmSync(this.path(kind), { force: true });
    if (kind === 'firmware') forgetDownload(this.image);
  }

  private schedule(kind: TransferKind, activity: Activity): void {
    activity.timer?.cancel();
    const wait = Math.max(0, activity.job.at - this.options.clock.unix());
    activity.timer = this.options.clock.after(wait, () => this.attempt(kind, activity));
  }

  private attempt(kind: TransferKind, activity: Activity, chosen?: Chosen): void {
    const { job } = activity;
    job.attempt++;
    job.phase = 'transferring';
    job.chosen = chosen ?? this.options.outcomes.take(kind);
    this.save(kind, job);
    this.tell(kind, job, kind === 'firmware' ? 'Downloading' : 'Uploading');
    const failure: TransferOutcome = kind === 'firmware' ? 'download_failed' : 'upload_failed';
    const real = () => (kind === 'firmware' ? this.download(activity) : this.upload(activity));
    this.perform(activity, failure, real, (failed) => {
      if (failed) this.onFailedAttempt(kind, activity);
      else if (kind === 'firmware') this.onDownloaded(job);
      else this.onUploaded(kind, job);
    });
  }

  /** Does the real thing, or waits and pretends; `done` hears how it went, unless it was cancelled. */
  private perform(activity: Activity, failure: TransferOutcome, real: () => Promise<void>, done: (failed: boolean) => void): void {
    const { chosen, location } = activity.job;
    // What was told just now may have cost the power.
    if (this.isClosed) return;
    const isCurrent = () => !this.isClosed && !activity.abort.signal.aborted;
    if (chosen) {
      activity.timer = this.options.clock.after(chosen.delay * 1000, () => done(chosen.outcome === failure));
      return;
    }
    this.working++;
    const finish = (failed: boolean) => {
      this.working--;
      if (isCurrent()) done(failed);
    };
    real().then(
      () => finish(false),
      (error: Error) => {
        if (isCurrent()) this.options.listener.log('warn', maskedUrls(`The transfer with ${location} failed: ${error.message}`));
        finish(true);
      },
    );
  }

  private onFailedAttempt(kind: TransferKind, activity: Activity): void {
    const { job } = activity;
    // A location that no attempt can reach is not tried again.
    const isLast =
      job.attempt > Math.min(job.retries, mostRetries) ||
      (job.chosen === undefined && !isSupported(job.location, this.options.allowsFiles));
    job.phase = 'waiting';
    job.at = this.options.clock.unix() + Math.max(shortestRetryInterval, job.retryInterval) * 1000;
    if (isLast) this.end(kind);
    else this.save(kind, job);
    this.tell(kind, job, failedStatus(kind));
    if (!isLast && !activity.abort.signal.aborted) this.schedule(kind, activity);
  }

  // Firmware.

  private async download({ job, abort }: Activity): Promise<void> {
    await download(job.location, this.image, { ...this.transfer(abort), onProgress: this.progress('firmware') });
  }

  private onDownloaded(job: Job): void {
    job.phase = 'downloaded';
    this.save('firmware', job);
    this.tellFirmware(job, 'Downloaded');
  }

  private install(activity: Activity): void {
    const { job } = activity;
    job.phase = 'installing';
    this.save('firmware', job);
    this.tellFirmware(job, 'Installing');
    const failing: readonly TransferOutcome[] = ['install_failed', 'verification_failed', 'bad_signature', 'revoked'];
    const failure = failing.find((outcome) => outcome === job.chosen?.outcome) ?? 'install_failed';
    this.perform(
      activity,
      failure,
      async () => this.installImage(job),
      (failed) => {
        if (failed) {
          this.end('firmware');
          this.tellFirmware(job, 'InstallationFailed');
        } else {
          job.phase = 'rebooting';
          this.save('firmware', job);
          activity.timer = this.options.clock.after(rebootDelay, () => this.options.listener.reboot());
        }
      },
    );
  }

  /** Nothing is unpacked: a marker says what is installed from now on. */
  private installImage(job: Job): void {
    const image = readFileSync(this.image);
    if (image.length === 0) throw new Error('the image is empty');
    const sha256 = createHash('sha256').update(image).digest('hex');
    const marker = { location: withoutUser(job.location), sha256, size: image.length, time: this.options.clock.iso() };
    writeJson(join(this.folder, 'installed.json'), marker);
  }

  private get image(): string {
    return join(this.folder, 'firmware.bin');
  }

  // Uploads.

  private async upload({ job, abort }: Activity): Promise<void> {
    const { collect, filename, from, to, location, requestId } = job as UploadJob;
    const content = archiveOf(this.options.listener.collect(collect, from, to), this.options.clock.unix());
    const onProgress = this.progress(requestId === -1 ? 'diagnostics' : 'log');
    await upload(location, filename, content, { ...this.transfer(abort), onProgress });
  }

  private onUploaded(kind: TransferKind, job: Job): void {
    this.tell(kind, job, 'Uploaded');
    if (!this.isClosed) this.end(kind);
  }

  private transfer({ signal }: AbortController): TransferOptions {
    const { ca, allowsFiles, directory } = this.options;
    return { signal, ca, files: allowsFiles ? directory : undefined };
  }

  // What is told, and what is kept.

  /** A line in the log for each tenth, or each megabyte. */
  private progress(kind: TransferKind): (bytes: number, total: number | undefined) => void {
    let last = 0;
    return (bytes, total) => {
      const step = total === undefined ? 1024 * 1024 : Math.max(1, total / 10);
      if (Math.floor(bytes / step) === last) return;
      last = Math.floor(bytes / step);
      this.options.listener.log('info', `The ${kind} transfer has ${bytes} ${total === undefined ? '' : `of ${total} `}bytes.`);
    };
  }

  private tell(kind: TransferKind, job: Job, status: FirmwareStatus | LogStatus): void {
    if (kind === 'firmware') return this.tellFirmware(job, status as FirmwareStatus);
    this.options.listener.onTransfer(kind, job.attempt, status);
    this.options.listener.onLog(job.requestId, status as LogStatus);
  }

  private tellFirmware(job: Job, status: FirmwareStatus): void {
    this.options.listener.onTransfer('firmware', job.attempt, status);
    this.options.listener.onFirmware(job.requestId, status);
  }

  private path(kind: TransferKind): string {
    return join(this.folder, kind + '.json');
  }

  private save(kind: TransferKind, job: Job): void {
    try {
      writeJson(this.path(kind), job);
    } catch (error) {
      this.options.listener.log('error', `The ${kind} transfer would not survive a power cut: ${(error as Error).message}`);
    }
  }

  private load(kind: TransferKind): Job | undefined {
    const job = readJson(this.path(kind)) as Job | undefined;
    if (job === undefined || typeof job.location !== 'string' || typeof job.at !== 'number') return undefined;
    // What was downloaded must be there, unless it was pretended.
    const needsImage = kind === 'firmware' && job.chosen === undefined && (job.phase === 'downloaded' || job.phase === 'installing');
    if (needsImage && !exists(this.image)) job.phase = 'transferring';
    return job;
  }
}

/** Unix milliseconds. The core gives times in UTC with `Z`. */
function timeOf(text: string | undefined, otherwise: number): number {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? otherwise : time;
}

function failedStatus(kind: TransferKind): FirmwareStatus | LogStatus {
  if (kind === 'firmware') return 'DownloadFailed';
  return kind === 'log' ? 'UploadFailure' : 'UploadFailed';
}

function withoutUser(location: string): string {
  const url = new URL(location);
  url.username = '';
  url.password = '';
  return url.href;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Whole or not at all. */
function writeJson(path: string, value: unknown): void {
  writeFileSync(path + '.new', JSON.stringify(value), { mode: privateMode });
  renameSync(path + '.new', path);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Firmware updates and uploads of diagnostics: where an update stands, when its installation may begin, and what of it is still to be
 * told (OCPP 1.6 4.4, 4.5, errata 3.47 and 3.49).
 *
 * The wallbox transfers and installs, and reports how far it is. Shelf `f`, key `f/u`: `1`, the letter of the state, `u` while diagnostics
 * are uploaded, else `-`, and the letters of what was not yet told, oldest first. Without key: no update, nothing to tell.
 */

import type { Callbacks } from '../callbacks.ts';
import { type AvailabilityStation, enable } from '../connector/availability.ts';
import type { StatusNotifications } from '../connector/status-notifications.ts';
import { freeze } from '../freeze.ts';
import type { Host } from '../host.ts';
import { ConnectorDeadline, Deadline, type Deadlines } from '../link/deadlines.ts';
import type { Gate } from '../link/gate.ts';
import { waitsOffline } from '../link/queueing.ts';
import type { CallOwner, Session } from '../link/session.ts';
import type { Settings } from '../settings/settings.ts';
import type { ChargingConnector } from '../transaction/transaction.ts';
import type { DiagnosticsStatus, FirmwareStatus, FirmwareStatusEnumType, UploadLogStatusEnumType } from '../wire/types.ts';

/** What an update needs of the station around it. */
export interface FirmwareStation extends AvailabilityStation {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly settings: Settings;
  readonly deadlines: Deadlines;
  readonly session: Session;
  readonly statuses: StatusNotifications;
  /** Connector 0, the station itself, first. */
  readonly connectors: readonly ChargingConnector[];
  readonly gate: Gate;
}

/** Where an update stands. `Ready`: the wallbox was told that it may install. `Restarted`: installing when the station last booted. */
export type UpdateState =
  | 'Idle'
  | 'Downloading'
  | 'DownloadFailed'
  | 'Downloaded'
  | 'Ready'
  | 'Installing'
  | 'Restarted'
  | 'InstallationFailed'
  | 'Installed';

/** What the wallbox reports; `Free`: no transaction runs; `Boot`; `Silence`: nothing was heard of it since the boot. */
export type UpdateEvent = FirmwareStatus | 'Free' | 'Boot' | 'Silence';

const states: readonly UpdateState[] = /* @__PURE__ */ freeze([
  'Idle',
  'Downloading',
  'DownloadFailed',
  'Downloaded',
  'Ready',
  'Installing',
  'Restarted',
  'InstallationFailed',
  'Installed',
]);
/** The letters of `states`, in flash and in the table below. */
const letters = '-dxwribfn';
/** Letters of what can be told about an upload of diagnostics. */
const uploads = 'uUX';
const uploadStatuses: readonly DiagnosticsStatus[] = /* @__PURE__ */ freeze(['Uploading', 'Uploaded', 'UploadFailed']);

const events: readonly UpdateEvent[] = /* @__PURE__ */ freeze([
  'Downloading',
  'Downloaded',
  'DownloadFailed',
  'Installing',
  'InstallationFailed',
  'Installed',
  'Idle',
  'Free',
  'Boot',
  'Silence',
]);
/** One row for each of `states`, one letter for each of `events`: the next state. `.`: the event changes nothing and is not told. */
const table: readonly string[] = /* @__PURE__ */ freeze([
  'dwxifn-...', // Idle
  'dwxifn-..x', // Downloading
  'dwxifn-...', // DownloadFailed
  'd.xifn-r..', // Downloaded
  'd.xifn-.wf', // Ready: after a boot it is told again that it may install
  'd.x.fn-.b.', // Installing
  'd.xifn-..f', // Restarted
  'dwxifn-...', // InstallationFailed
  'dwxifn-...', // Installed
]);

/** The next state, or undefined when the event changes nothing. */
export function nextState(state: UpdateState, event: UpdateEvent): UpdateState | undefined {
  const letter = table[states.indexOf(state)]?.charAt(events.indexOf(event)) ?? '.';
  return states[letters.indexOf(letter)];
}

/** Connectors without transaction stay Unavailable (errata 3.49, whitepaper L01.FR.07). */
export function holdsConnectors(state: UpdateState): boolean {
  return state === 'Downloaded' || state === 'Ready' || state === 'Installing' || state === 'Restarted';
}

/** The status on the wire that stands for a state. */
export function firmwareStatusOf(state: UpdateState): FirmwareStatus {
  if (state === 'Ready') return 'Downloaded';
  return state === 'Restarted' ? 'Installing' : state;
}

const entry = 'f/u';
const version = '1';
/** Milliseconds after a boot in which a wallbox goes on with what the power cut interrupted; then it counts as failed. */
const patience = 300_000;
/** Time-outs in a row after which a status counts as told: a central system that never answers is not asked without end. */
const mostTimeOuts = 3;
/** More letters than this wait only for a central system that is stuck: the latest of each phase are kept. */
const longestQueue = 12;

/** Exists only while there is something to do; what it knows is in flash (`Kernel.firmware`). */
export class Firmware implements CallOwner {
  private readonly station: FirmwareStation;
  private state: UpdateState = 'Idle';
  private isUploading = false;
  /** Letters that wait, and the one in flight. */
  private queue = '';
  private flight = '';
  private timeOuts = 0;
  /** Bit n: the wallbox refused to take connector n out of service. */
  private refused = 0;
  private isUnsaved = false;
  /** Nothing was heard of the update since a boot that interrupted it. */
  private isSilent = false;

  constructor(station: FirmwareStation) {
    this.station = station;
    const text = station.host.storage.read(entry);
    if (text === undefined) return;
    const state = states[letters.indexOf(text.charAt(1))];
    if (text.charAt(0) !== version || state === undefined) {
      station.host.log('error', 'The state of the firmware update cannot be read back.');
      return;
    }
    this.state = state;
    this.isUploading = text.charAt(2) === 'u';
    this.queue = text.slice(3);
  }

  static isStored(station: Pick<FirmwareStation, 'host'>): boolean {
    return station.host.storage.read(entry) !== undefined;
  }

  /** Nothing to tell and nothing to hold: what is known is in flash, and the object may go. */
  get isQuiet(): boolean {
    return this.queue === '' && this.flight === '' && !this.isUnsaved && !holdsConnectors(this.state);
  }

  /** For a trigger: Idle after Installed, else the last status (whitepaper L01.FR.28, FR.29). */
  firmwareStatus(): FirmwareStatus {
    return this.state === 'Installed' ? 'Idle' : firmwareStatusOf(this.state);
  }

  /** For a trigger: Idle unless diagnostics are being uploaded (OCPP 1.6 4.4). */
  diagnosticsStatus(): DiagnosticsStatus {
    return this.isUploading ? 'Uploading' : 'Idle';
  }

  // What the wallbox reports.

  /** A status of OCPP 1.6; false: it is none, and is dropped. */
  onFirmwareStatus(status: FirmwareStatusEnumType): boolean {
    const event = events.indexOf(status as FirmwareStatus);
    if (event < 0 || event > 6) return false;
    this.station.deadlines.clear(Deadline.Firmware);
    this.isSilent = false;
    this.apply(status as FirmwareStatus);
    return true;
  }

  /** A status of an upload of diagnostics; false: it is none, and is dropped. */
  onDiagnosticsStatus(status: DiagnosticsStatus | UploadLogStatusEnumType): boolean {
    const index = uploadStatuses.indexOf(status === 'UploadFailure' ? 'UploadFailed' : (status as DiagnosticsStatus));
    if (index < 0 && status !== 'Idle') return false;
    this.station.deadlines.clear(Deadline.Log);
    this.isUploading = index === 0;
    this.tell(index < 0 ? '' : uploads.charAt(index));
    return true;
  }

  // What time brings.

  /** A power cut interrupted something: the wallbox goes on with it, or is given up. */
  onBoot(): void {
    this.state = nextState(this.state, 'Boot') ?? this.state;
    this.queue = this.shortened(this.queue);
    this.isSilent = true;
    this.waitForWord();
    if (this.isUploading) this.station.deadlines.set(Deadline.Log, this.station.host.now() + patience);
  }

  /** Transactions may take as long as they like; the wallbox may not. */
  private waitForWord(): void {
    if (!this.isSilent || nextState(this.state, 'Silence') === undefined) return;
    this.station.deadlines.set(Deadline.Firmware, this.station.host.now() + patience);
  }

  onFirmwareDeadline(): void {
    this.station.host.log('error', 'Nothing was heard of the interrupted firmware update: it counts as failed.');
    this.apply('Silence');
  }

  onLogDeadline(): void {
    this.station.host.log('error', 'Nothing was heard of the interrupted upload: it counts as failed.');
    if (this.isUploading) this.onDiagnosticsStatus('UploadFailed');
  }

  /** Runs in `settle`, before statuses are noted: takes what is not in use out of service, and lets the installation begin. */
  check(): void {
    if (!holdsConnectors(this.state)) return;
    let isFree = true;
    for (const connector of this.station.connectors) {
      if (isInUse(connector)) isFree = false;
      else if (connector.id > 0) this.disable(connector);
    }
    if (!isFree) return;
    this.disable(this.station.connectors[0] as ChargingConnector);
    if (this.state !== 'Downloaded') return;
    this.apply('Free');
    this.waitForWord();
    this.station.gate.inform(() => this.station.callbacks.allConnectorsUnavailable?.());
  }

  // What is told.

  /** Sends the oldest status that waits; false when there is none. */
  send(): boolean {
    if (this.queue === '') return false;
    this.flight = this.queue.charAt(0);
    this.queue = this.queue.slice(1);
    const upload = uploads.indexOf(this.flight);
    if (upload >= 0) this.station.session.call(this, 'DiagnosticsStatusNotification', { status: uploadStatuses[upload] });
    else this.station.session.call(this, 'FirmwareStatusNotification', { status: states[letters.indexOf(this.flight)] });
    return true;
  }

  onResult(): void {
    this.flight = '';
    this.timeOuts = 0;
    this.save();
  }

  /** A central system that refuses a status will refuse it again: it counts as told. */
  onCallError(): void {
    this.onResult();
  }

  onNoAnswer(_action: unknown, timedOut: boolean): void {
    this.timeOuts = timedOut ? this.timeOuts + 1 : 0;
    if (this.timeOuts >= mostTimeOuts) return this.onResult();
    this.queue = this.flight + this.queue;
    this.flight = '';
  }

  /** Offline only the latest status of each phase is kept (protocol.md section 4). */
  onDisconnected(): void {
    this.timeOuts = 0;
    this.queue = this.shortened(this.queue);
  }

  /** QueueAllMessages keeps all that was not told yet of a type that it does not leave out. */
  private shortened(queue: string): string {
    const { settings } = this.station;
    let kept = waitsOffline(settings, 'FirmwareStatusNotification') ? letters : '';
    if (waitsOffline(settings, 'DiagnosticsStatusNotification')) kept += uploads;
    return latest(queue, kept);
  }

  private apply(event: UpdateEvent): void {
    const before = this.state;
    const next = nextState(before, event);
    if (next === undefined) return;
    this.state = next;
    if (next !== before) this.station.gate.report({ event: 'firmware', phase: next });
    // A wallbox that goes on after a power cut repeats where it stands; only attempts and ends are news each time.
    const isNews = next !== 'Idle' && (firmwareStatusOf(next) !== firmwareStatusOf(before) || !holdsConnectors(next));
    if (next !== 'Ready') this.tell(isNews ? letters.charAt(states.indexOf(next)) : '');
    if (holdsConnectors(before) && !holdsConnectors(next)) this.restore();
  }

  /** Durable before audible. */
  private tell(letter: string): void {
    this.queue += letter;
    if (!this.station.session.isOnline) this.queue = this.shortened(this.queue);
    if (this.queue.length > longestQueue) this.queue = latest(this.queue, '');
    this.save();
  }

  private save(): void {
    const { storage } = this.station.host;
    const untold = this.flight + this.queue;
    const isOver = (this.state === 'Idle' || this.state === 'Installed') && !this.isUploading && untold === '';
    try {
      if (isOver) storage.remove(entry);
      else storage.write(entry, version + letters.charAt(states.indexOf(this.state)) + (this.isUploading ? 'u' : '-') + untold);
      this.isUnsaved = false;
    } catch (error) {
      this.isUnsaved = true;
      this.station.host.log('error', `The state of the firmware update could not be stored: ${error}`);
    }
  }

  /** Not persisted, unlike ChangeAvailability: after a boot the state says it again. */
  private disable(connector: ChargingConnector): void {
    const bit = 1 << connector.id;
    const { isAvailable } = connector;
    // What the wallbox itself took out of service is left to it.
    if (connector.isHeld || this.refused & bit || (connector.operative && !isAvailable)) return;
    connector.isHeld = true;
    if (!isAvailable) return;
    connector.authorization = undefined;
    this.station.deadlines.clear(this.station.deadlines.slotOf(connector.id, ConnectorDeadline.ConnectionTimeOut));
    this.station.gate.whenAnswered(
      () => this.station.callbacks.disableEvse?.(connector.id) ?? true,
      false,
      (disabled) => {
        if (disabled) return;
        connector.isHeld = false;
        this.refused |= bit;
        this.station.statuses.tell(connector, 'InternalError', 'The connector could not be disabled');
      },
    );
  }

  /** Gives back what it held; what the wallbox itself took out of service stays so. */
  private restore(): void {
    this.refused = 0;
    for (const connector of this.station.connectors) {
      if (!connector.isHeld) continue;
      connector.isHeld = false;
      if (connector.operative) enable(this.station, connector);
    }
  }
}

/** A transaction runs, or a session that is not stored, or the wallbox was just told to begin one. */
function isInUse(connector: ChargingConnector): boolean {
  return connector.transaction !== undefined || connector.strays !== undefined || connector.authorization?.provided === true;
}

/** The latest letter of each phase (download, installation, upload), and those of `all` whatever follows them, in order. */
function latest(queue: string, all: string): string {
  let kept = '';
  let seen = 0;
  for (let index = queue.length - 1; index >= 0; index--) {
    const bit = 1 << phaseOf(queue.charAt(index));
    if (!(seen & bit) || all.indexOf(queue.charAt(index)) >= 0) kept = queue.charAt(index) + kept;
    seen |= bit;
  }
  return kept;
}

function phaseOf(letter: string): number {
  if (uploads.indexOf(letter) >= 0) return 2;
  return letters.indexOf(letter) < 4 ? 0 : 1;
}

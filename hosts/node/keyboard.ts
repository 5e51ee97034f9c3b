/** The terminal: single keys for a hand at the wallbox, and for an operator at the embedded central system. */

import type { Csms } from './csms.ts';
import type { Screen } from './screen.ts';
import type { Wallbox } from './wallbox.ts';

const help = `At the wallbox                        At the central system (the embedded one only)
  1-9  choose a connector               S  remote start      T  remote stop
  p    plug in        u  unplug         R  reset (soft)      H  reset (hard)
  t    a card here    i  type an idTag  U  unlock            A  availability: the other one
  e    EV suspends or resumes           G  read all keys     C  change a key
  f    fault, and clear it again        M  trigger a message P  charging profile of so many A
  n    network off and on
  k    power off and on                 ?  this list         x  show the state      q  quit
`;

export interface KeyboardOptions {
  readonly wallbox: Wallbox;
  /** Undefined: somebody else's central system. */
  readonly csms: Csms | undefined;
  readonly screen: Screen;
  readonly print: (text: string) => void;
  readonly onQuit: () => void;
}

export class Keyboard {
  private readonly options: KeyboardOptions;
  private connector = 1;

  constructor(options: KeyboardOptions) {
    this.options = options;
  }

  /** Takes the terminal; `close` gives it back. */
  open(): void {
    const { stdin } = process;
    stdin.setRawMode(true);
    stdin.setEncoding('utf8');
    stdin.on('data', (text) => this.input(String(text)));
    stdin.resume();
    this.options.print(help);
  }

  close(): void {
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }

  /** What the terminal sends at once: letters, or one key that is more than a letter. */
  input(text: string): void {
    const { screen } = this.options;
    if (screen.isAsking) return screen.type(text);
    // An arrow is no A.
    if (text.startsWith('\u001b')) return;
    for (const key of text) this.press(key);
  }

  /** One key. What goes wrong is printed. */
  press(key: string): void {
    try {
      if (key >= '1' && key <= '9') this.choose(Number(key));
      else if (key === '?' || key === 'h') this.options.print(help);
      else if (key === 'q' || key === '\u0003' || key === '\u0004') this.options.onQuit();
      else if (!this.pressAtWallbox(key)) void this.pressAtCsms(key);
    } catch (error) {
      this.options.print((error as Error).message);
    }
  }

  private choose(id: number): void {
    this.options.wallbox.board.connector(id);
    this.connector = id;
    this.options.print(`connector ${id}`);
  }

  private pressAtWallbox(key: string): boolean {
    const { wallbox } = this.options;
    const { board } = wallbox;
    const connector = board.connector(this.connector);
    switch (key) {
      case 'p':
        board.plug(connector);
        break;
      case 'u':
        board.unplug(connector);
        break;
      case 't':
      case 's':
        this.present('CARD-1');
        break;
      case 'i':
        void this.ask('idTag').then((idTag) => idTag && this.present(idTag));
        break;
      case 'e':
        board.setReadiness(connector, 'ev', !connector.evReady, undefined);
        break;
      case 'f':
        if (connector.errors.size > 0) board.clearErrors(connector.id, undefined);
        else board.setError(connector.id, { id: 'key', errorCode: 'GroundFailure', faulted: true });
        break;
      case 'n':
        wallbox.network.setDown(!wallbox.network.isDown);
        this.options.print(`the network is ${wallbox.network.isDown ? 'down' : 'up'}`);
        break;
      case 'k':
        if (wallbox.station) wallbox.powerOff();
        else wallbox.powerOn();
        break;
      case 'x':
        this.showState();
        break;
      default:
        return false;
    }
    return true;
  }

  /** A card at the reader of the chosen connector. */
  private present(idTag: string): void {
    const { station } = this.options.wallbox;
    if (station) this.options.wallbox.board.present(idTag, [this.connector]);
    else this.options.print('the power is off');
  }

  private async pressAtCsms(key: string): Promise<void> {
    const { csms } = this.options;
    if (!/^[STRHUAGCMP]$/.test(key)) return;
    if (csms === undefined) return this.options.print('the central system is not ours');
    const connectorId = this.connector;
    switch (key) {
      case 'S':
        await csms.ask('RemoteStartTransaction', { connectorId, idTag: 'REMOTE-1' });
        break;
      case 'T':
        await this.remoteStop(csms);
        break;
      case 'R':
      case 'H':
        await csms.ask('Reset', { type: key === 'H' ? 'Hard' : 'Soft' });
        break;
      case 'U':
        await csms.ask('UnlockConnector', { connectorId });
        break;
      case 'A':
        await csms.ask('ChangeAvailability', { connectorId, type: this.isOperative ? 'Inoperative' : 'Operative' });
        break;
      case 'G':
        await this.readKeys(csms);
        break;
      default:
        await this.pressWithQuestion(csms, key);
    }
  }

  private async pressWithQuestion(csms: Csms, key: string): Promise<void> {
    if (key === 'C') await this.changeKey(csms);
    else if (key === 'M') {
      const requestedMessage = await this.ask('message (BootNotification, Heartbeat, MeterValues, StatusNotification ...)');
      if (requestedMessage) await csms.ask('TriggerMessage', { requestedMessage });
    } else {
      const connector = this.connector;
      const text = await this.ask(`limit of connector ${connector} in A`);
      const limit = Number(text);
      if (text && limit >= 0 && limit < Number.POSITIVE_INFINITY) await csms.ask('SetChargingProfile', profileOf(connector, limit));
      else if (text) this.options.print(`${text} is no limit; nothing was changed`);
    }
  }

  private async changeKey(csms: Csms): Promise<void> {
    const text = await this.ask('key=value');
    if (!text) return;
    const at = text.indexOf('=');
    if (at < 1) return this.options.print(`key=value is wanted, ${text}= for an empty value; nothing was changed`);
    await csms.ask('ChangeConfiguration', { key: text.slice(0, at).trim(), value: text.slice(at + 1).trim() });
  }

  private get isOperative(): boolean {
    const connector = this.options.wallbox.station?.connectors[this.connector];
    return connector?.operative === true && !connector.scheduled;
  }

  private async remoteStop(csms: Csms): Promise<void> {
    const running = [...csms.transactions.values()].find(({ connector }) => connector === this.connector);
    if (running) await csms.ask('RemoteStopTransaction', { transactionId: running.id });
    else this.options.print(`no transaction runs on connector ${this.connector}`);
  }

  private async readKeys(csms: Csms): Promise<void> {
    const answer = await csms.ask('GetConfiguration', {});
    const keys = (answer?.['configurationKey'] ?? []) as { key: string; readonly: boolean; value?: string }[];
    for (const { key, readonly, value } of keys) this.options.print(`${readonly ? '  ' : 'w '}${key} = ${value ?? ''}`);
  }

  /** A line of text; undefined when it was given up. */
  private ask(question: string): Promise<string | undefined> {
    return this.options.screen.ask(question);
  }

  private showState(): void {
    const { wallbox, print } = this.options;
    const { station } = wallbox;
    if (station === undefined) return print('the power is off');
    print(`${station.session.registration ?? 'not registered'}, ${wallbox.host?.wire.isOpen ? 'connected' : 'not connected'}`);
    for (const connector of wallbox.board.connectors) {
      const { transaction, seen } = station.connectors[connector.id] ?? {};
      const what = [
        `connector ${connector.id}: ${seen}`,
        connector.isPlugged ? 'plugged' : 'no cable',
        `${connector.current} A`,
        `${(connector.meter.energy / 1000).toFixed(3)} kWh`,
        ...(transaction ? [`transaction ${transaction.transactionId ?? '(no id yet)'} of ${transaction.idTag}`] : []),
      ];
      print(`${connector.id === this.connector ? '> ' : '  '}${what.join(', ')}`);
    }
  }
}

function profileOf(connectorId: number, limit: number): object {
  return {
    connectorId,
    csChargingProfiles: {
      chargingProfileId: 1,
      stackLevel: 0,
      chargingProfilePurpose: 'TxDefaultProfile',
      chargingProfileKind: 'Relative',
      chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit }] },
    },
  };
}

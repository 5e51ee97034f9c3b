/**
 * Templates of samples: the columns (measurand, phase, and where the value goes) that records name by a number of one character, so that they
 * stay short. Kept in the store (`t/m<number>`); a number that a living record names never gets other columns (protocol.md section 7).
 */

import type { Host } from '../host.ts';
import type { Outbox } from '../link/outbox.ts';
import { entryOf, isTransaction, startOf } from './records.ts';
import { inline, isSample } from './samples.ts';
import type { ChargingConnector } from './transaction.ts';

export interface TemplateStation {
  readonly host: Host;
  readonly outbox: Outbox;
  readonly connectors: readonly ChargingConnector[];
}

const templates = 32;

export class Templates {
  private readonly station: TemplateStation;
  /** The one used last, and its number. */
  private columns = '';
  private number = inline;
  /** What no living record named when it was last looked for, as bits. Absent until every number is taken: */
  private spare?: number;
  /** Every number was in use while this was the journal's oldest record. */
  private exhausted?: number;

  constructor(station: TemplateStation) {
    this.station = station;
  }

  columnsOf(number: string): string | undefined {
    return number === this.number ? this.columns : this.station.host.storage.read(keyOf(number));
  }

  /** The number of these columns, stored before its first use; `inline` when there is none. */
  numberOf(columns: string): string {
    if (columns === this.columns) return this.number;
    const { storage } = this.station.host;
    let free = inline;
    for (let each = 0; each < templates; each++) {
      const number = each.toString(36);
      const stored = storage.read(keyOf(number));
      if (stored === columns) return this.remember(columns, number);
      if (stored === undefined && free === inline) free = number;
    }
    if (free === inline) free = this.takeSpare();
    if (free === inline) return inline;
    storage.write(keyOf(free), columns);
    return this.remember(columns, free);
  }

  private remember(columns: string, number: string): string {
    // Whatever was free before: a record is about to name it.
    if (this.spare !== undefined) this.spare &= ~(1 << Number.parseInt(number, 36));
    this.columns = columns;
    this.number = number;
    return number;
  }

  private takeSpare(): string {
    const { first } = this.station.host.journal;
    if (!this.spare && this.exhausted !== first) {
      this.spare = ~this.inUse();
      if (this.spare === 0) this.exhausted = first;
    }
    for (let each = 0; this.spare && each < templates; each++) if ((this.spare & (1 << each)) !== 0) return each.toString(36);
    return inline;
  }

  /** The numbers that records name which may still be told, as bits. */
  private inUse(): number {
    const { host, outbox } = this.station;
    let bits = 0;
    for (let number = this.oldestTold(); number < host.journal.next; number++) {
      const record = outbox.read(number);
      if (record !== undefined && isSample(record) && record[2] !== inline) bits |= 1 << Number.parseInt(record[2] ?? '', 36);
    }
    return bits;
  }

  /** The first record that a message may still be made of: transactionData go back to the start, as far as the journal does. */
  private oldestTold(): number {
    const { host, connectors } = this.station;
    let oldest = host.journal.first;
    for (const { id, transaction } of connectors) {
      const entry = host.storage.read(entryOf(id));
      if (entry !== undefined && isTransaction(entry)) oldest = Math.min(oldest, startOf(entry));
      if (transaction !== undefined) oldest = Math.min(oldest, transaction.start);
    }
    // That of a journal that was lost names a number below every record.
    return Math.max(1, oldest);
  }
}

function keyOf(number: string): string {
  return 't/m' + number;
}

import type { Port, SnapshotColumns } from '../../contract/index.js';
import type { Ledger, Sighting } from './ledger.js';
import { ProcessRows } from './process-rows.js';
import type { ProcessRecord } from './records.js';
import type { SnapshotPass } from './snapshot-pass.js';
import { SocketRows } from './socket-rows.js';

export interface DiffOptions {
  /** Whether the sockets' rows are to be read; if not, all that is known of sockets goes on to hold. */
  readonly portsFetched: boolean;
}

export type DiffResult = Readonly<Pick<SnapshotPass, 'incomplete' | 'doubtful'>>;

/**
 * Compares a snapshot with the ledger and enters what changed. Rows that did not change cost a few
 * look-ups and no object. The rules are those of docs/ordering.md: every event of before the
 * snapshot's end has been entered; what an event told after the snapshot began is never overruled
 * by it; and what is shown against all events, in rows that were not read in one instant, is
 * believed when the next snapshot shows it too.
 */
export class SnapshotDiff {
  readonly #ledger: Ledger;
  readonly #processes: ProcessRows;
  readonly #sockets: SocketRows;
  #generation = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#processes = new ProcessRows(ledger);
    this.#sockets = new SocketRows(ledger);
  }

  apply(columns: SnapshotColumns, options: DiffOptions): DiffResult {
    const { sockets, processes } = this.#ledger;
    const seen: Sighting = { at: columns.finishedAt, source: 'poll', hook: null };
    const gainedPort = new Set<ProcessRecord>();
    this.#generation += 1;
    const pass: SnapshotPass = {
      columns,
      seen,
      generation: this.#generation,
      notReady: new Set(),
      gainedPort,
      incomplete: false,
      doubtful: false,
    };

    const fresh = this.#processes.enter(pass);
    if (options.portsFetched) this.#sockets.enter(pass);
    this.#processes.removeAbsent(pass);

    // Told after the sockets were entered, so that the matcher sees a process with all its ports.
    for (const { process, told } of fresh) {
      const openPorts = process.openPorts(this.#ledger.countPortsAsBeyla);
      if (openPorts.length > 0) told.openPorts = openPorts as Port[];
      this.#ledger.processChanged('created', process, seen);
      gainedPort.delete(process);
    }
    for (const process of gainedPort) this.#ledger.processChanged('changed', process, seen);

    processes.forgetExited(columns.startedAt, this.#generation);
    if (options.portsFetched) sockets.forgetClosed();
    return pass;
  }
}

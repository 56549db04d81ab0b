import type { SnapshotColumns } from '../../contract/index.js';
import type { EventDraft } from '../event-draft.js';
import { decodeText } from '../text.js';
import type { Ledger } from './ledger.js';
import { sameStart } from './process-table.js';
import type { PathReader, ProcessFields, ProcessRecord } from './records.js';
import type { SnapshotPass } from './snapshot-pass.js';
import { isInstant } from './snapshot-pass.js';

const SLASH = 0x2f;

/** The link to the executable reads `/`: the process is being made, or taken down. */
const isNotReady = ({ processes }: SnapshotColumns, row: number): boolean => {
  const from = processes.executable[row] ?? 0;
  return processes.executable[row + 1] === from + 1 && processes.text[from] === SLASH;
};

const sameBytes = (text: Uint8Array, from: number, to: number, known: Uint8Array): boolean => {
  if (to - from !== known.length) return false;
  for (let index = 0; index < known.length; index += 1) {
    if (text[from + index] !== known[index]) return false;
  }
  return true;
};

/** A process that a snapshot was the first to show, and its event, to which its open ports are yet to be added. */
export interface Created {
  readonly process: ProcessRecord;
  readonly told: Extract<EventDraft, { name: 'process.created' }>;
}

/** Enters the processes of snapshots. */
export class ProcessRows {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Enters new and changed processes; returns the new ones, of which the matcher has not heard. */
  enter(pass: SnapshotPass): Created[] {
    const { columns, seen, generation, notReady } = pass;
    const { processes } = this.#ledger;
    const rows = columns.processes;
    const pathReader: PathReader = columns.source === 'iter' ? 'kernel' : 'proc';
    const fresh: ProcessRecord[] = [];
    for (let row = 0; row < rows.length; row += 1) {
      const pid = rows.pid[row] ?? 0;
      const startTime = rows.startTime[row] ?? 0n;
      const known = processes.at(pid);
      if (known !== undefined && sameStart(known.fields.startTime, startTime)) {
        known.generation = generation;
        if (known.touchedAt < columns.startedAt) this.#compare(known, row, pathReader, pass);
        continue;
      }
      if (processes.isExited(pid, startTime, generation)) continue;
      if (known !== undefined) {
        // An event told of a later process with this PID than the row shows.
        if (known.fields.startTime > startTime && known.touchedAt >= columns.startedAt) continue;
        this.#ledger.processDeleted(known, seen, null);
      }
      if (!processes.remembersExits(columns.startedAt)) {
        // It may be one of the many that have exited since.
        pass.incomplete = true;
        notReady.add(pid);
        continue;
      }
      if (isNotReady(columns, row)) {
        // No event, not remembered, tried again with the next poll.
        notReady.add(pid);
        continue;
      }
      const record = processes.add(this.#decode(columns, row));
      record.generation = generation;
      if (record.executable !== null) record.executableReader = pathReader;
      this.#remember(record, columns, row);
      if (record.isKernelThread) continue;
      fresh.push(record);
    }
    return fresh.map((process) => {
      const told: Created['told'] = {
        ...this.#ledger.base(seen),
        name: 'process.created',
        process: process.info,
      };
      this.#ledger.event(told);
      return { process, told };
    });
  }

  /** After the sockets: whoever was not shown and of whom no event told since has exited. */
  removeAbsent({ columns: { startedAt }, seen, generation }: SnapshotPass): void {
    const { processes } = this.#ledger;
    for (const process of processes.values()) {
      if (process.generation !== generation && process.touchedAt < startedAt) {
        this.#ledger.processDeleted(process, seen, null);
      }
    }
  }

  #compare(known: ProcessRecord, row: number, pathReader: PathReader, pass: SnapshotPass): void {
    const { columns, seen } = pass;
    const rows = columns.processes;
    const { fields, raw } = known;
    const readable = rows.executableKnown[row] === 1;
    const unchanged =
      raw !== null &&
      fields.uid === rows.uid[row] &&
      fields.parentPid === rows.parentPid[row] &&
      fields.networkNamespace === rows.networkNamespace[row] &&
      fields.cgroupId === rows.cgroupId[row] &&
      (!readable || fields.executable !== null) &&
      sameBytes(rows.text, rows.name[row] ?? 0, rows.name[row + 1] ?? 0, raw.name) &&
      sameBytes(rows.text, rows.executable[row] ?? 0, rows.executable[row + 1] ?? 0, raw.executable) &&
      sameBytes(rows.text, rows.args[row] ?? 0, rows.args[row + 1] ?? 0, raw.args);
    if (unchanged) {
      known.execDoubtedAt = null;
      return;
    }

    const now = this.#decode(columns, row);
    const previous = fields.executable;
    // An executable that cannot be read now is the one that was read before.
    const executable = now.executable ?? previous;
    const comparable = known.executableReader === pathReader;
    const replaced =
      previous !== null && now.executable !== null && comparable && now.executable !== previous;
    let { at } = seen;
    if (replaced) {
      // An exec shows before its event is on its way.
      const since = this.#replacedSince(known, pass);
      if (since === null) return;
      at = since;
    }
    known.execDoubtedAt = null;
    this.#remember(known, columns, row);
    const becameReadable = previous === null && executable !== null;
    const keepsPath = previous !== null && !replaced;
    // What was captured of a long command line differs between readers; only a real change is one.
    const sameArguments = !comparable && now.argsLength === fields.argsLength && fields.args.length > 0;
    known.update({
      parentPid: now.parentPid,
      uid: now.uid,
      name: now.name,
      cgroupId: now.cgroupId,
      networkNamespace: now.networkNamespace,
      executable: keepsPath ? previous : executable,
      executableFile: now.executableFile ?? fields.executableFile,
      executableType: replaced || becameReadable ? null : fields.executableType,
      placement: now.cgroupId === fields.cgroupId ? fields.placement : null,
      args: sameArguments || (now.args.length === 0 && !replaced) ? fields.args : now.args,
      argsLength: now.argsLength === 0 && !replaced ? fields.argsLength : now.argsLength,
    });
    if (replaced || becameReadable) known.executableReader = pathReader;
    if (replaced) {
      this.#ledger.event({
        ...this.#ledger.base({ ...seen, at }),
        name: 'process.exec',
        process: known.info,
        previousExecutable: previous,
      });
    }
    this.#ledger.processChanged('changed', known, { ...seen, at }, replaced || becameReadable);
  }

  /** Since when a process runs another executable of which no event told; null: not to be believed yet. */
  #replacedSince(process: ProcessRecord, pass: SnapshotPass): bigint | null {
    const { columns } = pass;
    if (isInstant(columns)) return columns.finishedAt;
    const { execDoubtedAt } = process;
    if (execDoubtedAt !== null && execDoubtedAt < columns.startedAt) return execDoubtedAt;
    process.execDoubtedAt = columns.finishedAt;
    pass.doubtful = true;
    return null;
  }

  #decode(columns: SnapshotColumns, row: number): ProcessFields {
    const rows = columns.processes;
    const text = (offsets: Uint32Array): string =>
      decodeText(rows.text.subarray(offsets[row] ?? 0, offsets[row + 1] ?? 0));
    const args = text(rows.args);
    const inode = rows.executableInode[row] ?? 0n;
    return {
      pid: rows.pid[row] ?? 0,
      startTime: rows.startTime[row] ?? 0n,
      parentPid: rows.parentPid[row] ?? 0,
      uid: rows.uid[row] ?? 0,
      name: text(rows.name),
      executable: rows.executableKnown[row] === 1 && !isNotReady(columns, row) ? text(rows.executable) : null,
      executableFile: inode === 0n ? null : { device: rows.executableDevice[row] ?? 0, inode },
      executableType: null,
      placement: null,
      args: args === '' ? [] : (args.endsWith('\0') ? args.slice(0, -1) : args).split('\0'),
      argsLength: rows.argsLength[row] ?? 0,
      cgroupId: rows.cgroupId[row] ?? 0n,
      networkNamespace: rows.networkNamespace[row] ?? 0,
    };
  }

  #remember(record: ProcessRecord, columns: SnapshotColumns, row: number): void {
    const rows = columns.processes;
    const bytes = (offsets: Uint32Array): Uint8Array =>
      rows.text.slice(offsets[row] ?? 0, offsets[row + 1] ?? 0);
    record.raw = { name: bytes(rows.name), executable: bytes(rows.executable), args: bytes(rows.args) };
  }
}

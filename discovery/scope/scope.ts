import type { ProcessInfo, ProcessKey, SocketRow } from '../../contract/index.js';
import type { Ledger } from '../accounter/ledger.js';
import type { ProcessRecord } from '../accounter/records.js';
import type { EventDraft } from '../event-draft.js';
import { OwnProcesses } from './own-processes.js';

/**
 * Whom it is about: every process but the threads of the kernel and, unless they are to be shown,
 * our own; and of these, whom a window is shown.
 */
export class Scope {
  readonly #ledger: Ledger;
  readonly #own: OwnProcesses<ProcessRecord>;
  #shown: ReadonlyMap<ProcessKey, ProcessInfo> | null = null;
  showOwn: boolean;

  constructor(ledger: Ledger, options: { ownPids: readonly number[]; showOwn: boolean }) {
    this.#ledger = ledger;
    this.#own = new OwnProcesses((process) => ledger.processes.ancestors(process));
    this.showOwn = options.showOwn;
    for (const pid of options.ownPids) this.#own.add(pid);
  }

  /** A process of ours, and so are those it starts. */
  addOwn(pid: number): void {
    this.#own.add(pid);
  }

  /** The process is gone. */
  forget(key: ProcessKey): void {
    this.#own.forget(key);
  }

  isOwn(process: ProcessRecord): boolean {
    return this.#own.has(process);
  }

  /** Whether it is left out as one of our own. */
  hides(process: ProcessRecord): boolean {
    return !this.showOwn && this.#own.has(process);
  }

  hidesEvent(draft: EventDraft): boolean {
    return 'process' in draft && draft.process !== null && this.#hidesKey(draft.process.key);
  }

  hidesSocket({ holders, binder }: SocketRow): boolean {
    if (holders.length > 0) return holders.every((key) => this.#hidesKey(key));
    return binder !== null && this.#hidesKey(binder);
  }

  #hidesKey(key: ProcessKey): boolean {
    if (this.showOwn) return false;
    const process = this.#ledger.processes.get(key);
    return process === undefined ? this.#own.hasKey(key) : this.#own.has(process);
  }

  /** Every living process that criteria are asked about. */
  *subjects(): Generator<ProcessRecord, void, undefined> {
    for (const process of this.#ledger.processes.values()) {
      if (!process.isKernelThread && !this.hides(process)) yield process;
    }
  }

  /** Why no criterion selects the process, whatever it asks; null: nothing stands in the way. */
  whyNever(process: ProcessRecord): string | null {
    if (process.isKernelThread)
      return 'Not selected: it is a thread of the kernel, and no process of its own.';
    return this.hides(process)
      ? 'Not selected: it is a process of Bindscope itself, and those are hidden.'
      : null;
  }

  *socketRows(): Generator<SocketRow, void, undefined> {
    for (const socket of this.#ledger.sockets.values()) {
      if (socket.fields.port !== 0) yield socket.row;
    }
  }

  /** The tables have changed. */
  changed(): void {
    this.#shown = null;
  }

  /**
   * Processes that hold or bound a socket or are matched, and their ancestors. Computed once for all
   * windows, until something changes.
   */
  shown(isMatched: (key: ProcessKey) => boolean): ReadonlyMap<ProcessKey, ProcessInfo> {
    if (this.#shown !== null) return this.#shown;
    const { processes } = this.#ledger;
    const shown = new Map<ProcessKey, ProcessInfo>();
    for (const process of processes.values()) {
      if (!(process.hasSocket || isMatched(process.key)) || this.hides(process)) continue;
      let next: ProcessRecord | undefined = process;
      while (next !== undefined && !shown.has(next.key)) {
        shown.set(next.key, next.info);
        next = processes.at(next.fields.parentPid);
      }
    }
    this.#shown = shown;
    return shown;
  }
}

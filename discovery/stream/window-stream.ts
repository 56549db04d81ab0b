import type {
  ActivitySample,
  BindscopeEvent,
  Criterion,
  CriterionProblem,
  EngineMessage,
  EngineStatus,
  Match,
  ProcessInfo,
  ProcessKey,
  ReplayState,
  SocketKey,
  SocketRow,
  WallNs,
} from '../../contract/index.js';
import type { Timers } from '../timers.js';

/** What a window is shown, as it is now. */
export interface WindowView {
  sockets(): Iterable<SocketRow>;
  isHidden(row: SocketRow): boolean;
  /** Those that hold or bound a socket, are matched, or are an ancestor of such a one. */
  processes(): ReadonlyMap<ProcessKey, ProcessInfo>;
  matches(): Iterable<Match>;
  newestEvents(count: number): BindscopeEvent[];
  status(): EngineStatus;
  criteria(): { criteria: readonly Criterion[]; problems: readonly CriterionProblem[] };
  /** Null: this is live. */
  replay(): ReplayState | null;
}

/** Least time between two batches: a frame. */
export const FRAME_MS = 16;
/** Events a window gets when it connects. */
export const EVENTS_AT_CONNECT = 5000;
/** Most events that wait for a slow window; older ones are skipped (they are in the log). */
export const MOST_PENDING_EVENTS = 10_000;
const MOST_EVENTS_A_BATCH = 2000;

/**
 * One window's view of the pipeline: changes are coalesced until the window has acknowledged the
 * batch before, so a slow window gets fewer and larger batches, never a growing queue.
 */
export class WindowStream {
  readonly #view: WindowView;
  readonly #timers: Timers;
  readonly #send: (message: EngineMessage) => void;
  readonly #sentSockets = new Set<SocketKey>();
  #sentProcesses: ReadonlyMap<ProcessKey, ProcessInfo> = new Map();
  #sentMatches = new Map<ProcessKey, Match>();
  /** Latest state of each socket that changed; null: gone. */
  #sockets = new Map<SocketKey, SocketRow | null>();
  #events: BindscopeEvent[] = [];
  #skipped = 0;
  #tables = false;
  #status = false;
  #batch = 0;
  /** The batch that the window has not acknowledged yet. */
  #awaited: number | null = null;
  #activity: EngineMessage | null = null;
  #cooling: (() => void) | null = null;
  #closed = false;

  constructor(view: WindowView, timers: Timers, send: (message: EngineMessage) => void) {
    this.#view = view;
    this.#timers = timers;
    this.#send = send;
  }

  /** Sends everything as it is now; to be called once, before any change is told. */
  connect(): void {
    const sockets = [...this.#view.sockets()].filter((row) => !this.#view.isHidden(row));
    for (const { socket } of sockets) this.#sentSockets.add(socket.key);
    this.#sentProcesses = this.#view.processes();
    const matches = [...this.#view.matches()];
    this.#sentMatches = new Map(matches.map((match) => [match.process, match]));
    const { criteria, problems } = this.#view.criteria();
    this.#send({
      type: 'connected',
      processes: [...this.#sentProcesses.values()],
      sockets,
      matches,
      events: this.#view.newestEvents(EVENTS_AT_CONNECT),
      status: this.#view.status(),
      criteria: [...criteria],
      problems: [...problems],
      replay: this.#view.replay(),
    });
  }

  close(): void {
    this.#closed = true;
    this.#cooling?.();
  }

  /** Told at once, or the newest once the window has acknowledged: counts add up, so none is missed. */
  activity(at: WallNs, samples: readonly ActivitySample[]): void {
    this.#activity = { type: 'activity', at, samples: [...samples] };
    if (this.#awaited === null) this.#tellActivity();
  }

  #tellActivity(): void {
    if (this.#activity !== null) this.#send(this.#activity);
    this.#activity = null;
  }

  acknowledge(id: number): void {
    if (id !== this.#awaited) return;
    this.#awaited = null;
    this.#tellActivity();
    this.flush();
  }

  socketChanged(key: SocketKey, row: SocketRow | null): void {
    // One that came and went since the last batch is nothing to the window.
    if (row === null && !this.#sentSockets.has(key)) this.#sockets.delete(key);
    else this.#sockets.set(key, row);
    this.#tables = true;
  }

  /** Processes or matches may differ from what was sent. */
  tablesChanged(): void {
    this.#tables = true;
  }

  statusChanged(): void {
    this.#status = true;
  }

  add(events: readonly BindscopeEvent[]): void {
    this.#events.push(...events);
    const excess = this.#events.length - MOST_PENDING_EVENTS;
    if (excess <= 0) return;
    this.#events.splice(0, excess);
    this.#skipped += excess;
  }

  criteriaChanged(): void {
    const { criteria, problems } = this.#view.criteria();
    this.#send({ type: 'criteria', criteria: [...criteria], problems: [...problems] });
  }

  /** What is hidden has changed: every socket is looked at again. */
  refreshSockets(): void {
    for (const row of this.#view.sockets()) this.#sockets.set(row.socket.key, row);
    this.#tables = true;
  }

  /** Sends what has changed, unless the window is still busy; then it goes with the next batch. */
  flush(): void {
    const nothing = this.#events.length === 0 && !this.#tables && !this.#status && this.#skipped === 0;
    if (this.#closed || nothing || this.#awaited !== null || this.#cooling !== null) return;

    const upsert: SocketRow[] = [];
    const removedSockets: SocketKey[] = [];
    for (const [key, row] of this.#sockets) {
      if (row === null || this.#view.isHidden(row)) {
        if (this.#sentSockets.delete(key)) removedSockets.push(key);
      } else {
        this.#sentSockets.add(key);
        upsert.push(row);
      }
    }
    this.#sockets = new Map();

    const processes = this.#tables ? this.#processDifference() : { upsert: [], remove: [] };
    const matches = this.#tables ? this.#matchDifference() : { upsert: [], remove: [] };
    const events = this.#events.splice(0, MOST_EVENTS_A_BATCH);
    const id = (this.#batch += 1);
    const skipped = this.#skipped;
    const status = this.#status ? { status: this.#view.status() } : {};
    this.#skipped = 0;
    this.#tables = false;
    this.#status = false;
    this.#awaited = id;
    this.#cooling = this.#timers.after(FRAME_MS, () => {
      this.#cooling = null;
      this.flush();
    });
    this.#send({
      type: 'batch',
      id,
      upsert: { processes: processes.upsert, sockets: upsert, matches: matches.upsert },
      remove: { processes: processes.remove, sockets: removedSockets, matches: matches.remove },
      events,
      skipped,
      ...status,
    });
  }

  /** Infos are made anew when something in them changes, so identity tells. */
  #processDifference(): { upsert: ProcessInfo[]; remove: ProcessKey[] } {
    const before = this.#sentProcesses;
    const now = this.#view.processes();
    this.#sentProcesses = now;
    if (before === now) return { upsert: [], remove: [] };
    const upsert: ProcessInfo[] = [];
    for (const [key, info] of now) if (before.get(key) !== info) upsert.push(info);
    const remove = [...before.keys()].filter((key) => !now.has(key));
    return { upsert, remove };
  }

  #matchDifference(): { upsert: Match[]; remove: ProcessKey[] } {
    const before = this.#sentMatches;
    const now = new Map<ProcessKey, Match>();
    const upsert: Match[] = [];
    for (const match of this.#view.matches()) {
      now.set(match.process, match);
      if (before.get(match.process) !== match) upsert.push(match);
    }
    this.#sentMatches = now;
    return { upsert, remove: [...before.keys()].filter((key) => !now.has(key)) };
  }
}

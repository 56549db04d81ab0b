import type {
  BootNs,
  Criterion,
  CriterionDraft,
  EngineMessage,
  EngineStatus,
  ExportRequest,
  KernelSourceState,
  Match,
  ProcessInfo,
  ProcessKey,
  SocketRow,
  Verdict,
  WallNs,
  WindowMessage,
} from '../contract/index.js';
import { defaultSettings } from '../contract/index.js';
import { Accounter } from './accounter/accounter.js';
import type { DrivenPoll, PollReport } from './accounter/accounter.js';
import type { Change } from './accounter/ledger.js';
import type { ProcessRecord } from './accounter/records.js';
import { Attacher } from './attacher/attacher.js';
import { readConfiguration } from './config/configure.js';
import { writeConfiguration } from './config/write.js';
import { blindInspector } from './enricher/blind-inspector.js';
import type { WantedFacts } from './enricher/enricher.js';
import { Enricher } from './enricher/enricher.js';
import type { EventDraft } from './event-draft.js';
import type { EventLog } from './event-log/event-log.js';
import { MemoryEventLog } from './event-log/memory-event-log.js';
import type { HeaderFacts } from './export/header.js';
import { serialise } from './export/serialise.js';
import type { MatchRules, Preview } from './matcher/matcher.js';
import { Matcher } from './matcher/matcher.js';
import type { Export, Observer, PipelineOptions, PipelineSettings } from './pipeline-options.js';
import { Recorder } from './recorder.js';
import { Scope } from './scope/scope.js';
import { Watching } from './status/watching.js';
import type { Answers } from './stream/window-requests.js';
import { answer } from './stream/window-requests.js';
import type { WindowView } from './stream/window-stream.js';
import { WindowStream } from './stream/window-stream.js';
import type { Timers } from './timers.js';
import { WallClock } from './wall-clock.js';
import type { Gap } from './watcher/watcher.js';
import { Watcher } from './watcher/watcher.js';

export type { Export, Observer, PipelineOptions, PipelineSettings } from './pipeline-options.js';

const noFacts: WantedFacts = { executableType: false, placement: false };
/** A preview waits no longer for facts that have to be looked up. */
const PREVIEW_WAIT_MS = 500;

/** Joins the stages; the only place that knows them all. */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #clock: WallClock;
  readonly #watcher: Watcher;
  readonly #accounter: Accounter;
  readonly #enricher: Enricher<ProcessRecord>;
  readonly #matcher: Matcher;
  readonly #attacher: Attacher | null;
  readonly #scope: Scope;
  readonly #log: EventLog;
  readonly #recorder: Recorder;
  readonly #windows = new Set<WindowStream>();
  readonly #observers = new Set<Observer>();
  #settings: PipelineSettings;
  readonly #watching = new Watching();
  #poll: PollReport | null = null;
  #closed = false;
  /** What the criterion that is being typed asks for, until criteria are put into force. */
  #typed: WantedFacts = noFacts;
  #firstPoll: (() => void) | null = null;
  /** Resolves when the first poll is in the tables (or has failed). */
  readonly polledOnce = new Promise<void>((resolve) => {
    this.#firstPoll = resolve;
  });

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#matcher = new Matcher(this.#rules());
    this.#log = options.log ?? new MemoryEventLog();
    this.#clock = new WallClock(() => options.source.clocks());
    this.#recorder = new Recorder(this.#log, this.#clock.now());
    this.#accounter = new Accounter({
      timers: options.timers,
      clock: this.#clock,
      snapshot: options.replay === undefined ? () => options.source.snapshot() : null,
      ...(options.polling === undefined ? {} : { polling: options.polling }),
      userName: options.userName,
      pollIntervalMs: options.settings.pollIntervalMs,
      isInteresting: (port) => this.#matcher.isInteresting(port),
      changed: (changes) => {
        this.#take(changes);
      },
      settled: () => {
        this.#tell();
      },
      polled: (report) => {
        this.#polled(report);
      },
      pollFailed: (error) => {
        this.#pollFailed(error);
      },
    });
    this.#enricher = new Enricher({
      inspector: options.inspector ?? blindInspector('executables are not looked at here'),
      timers: options.timers,
      processes: () => this.#scope.subjects(),
      wanted: (process) => this.#wantedFacts(process),
      isAlive: (process) => this.#accounter.ledger.isAlive(process),
      learned: (process) => {
        this.#learned(process);
      },
    });
    this.#attacher =
      options.activity !== true
        ? null
        : new Attacher({
            timers: options.timers,
            watch: (ports) => {
              options.source.watchActivity(ports);
            },
            read: () => options.source.readActivity(),
            sockets: () => this.#accounter.ledger.sockets.values(),
            toWall: (boot) => this.#clock.toWall(boot),
            now: () => this.#clock.now(),
            sampled: (at, samples) => {
              for (const window of this.#windows) window.activity(at, samples);
            },
          });
    this.#scope = new Scope(this.#accounter.ledger, {
      ownPids: options.ownPids,
      showOwn: options.settings.showOwnProcesses,
    });
    this.#watcher = new Watcher(
      {
        facts: (events) => {
          this.#accounter.facts(events);
        },
        gap: (gap) => {
          this.#gap(gap);
        },
        attempted: (ports) => {
          this.#accounter.attempted(ports);
        },
        state: (state) => {
          this.#stateChanged(state);
        },
      },
      options.timers,
      () => options.source.caughtUp(),
    );
    this.#matcher.configure(options.settings.criteria);
    this.#accounter.setCountPortsAsBeyla(options.settings.countPortsAsBeyla);
  }

  /** Resolves once events flow or limited mode is in force; polling begins then. */
  async start(): Promise<void> {
    const { gapSince, source } = this.#options;
    if (gapSince != null) {
      const now = this.#clock.now();
      this.#recorder.write({
        name: 'watcher.lost',
        time: now,
        source: 'poll',
        hook: null,
        count: null,
        where: 'engine',
        from: gapSince as WallNs,
        to: now,
      });
    }
    await source.start(this.#watcher);
    if (this.#closed) return;
    this.#accounter.start();
    this.#tell();
  }

  close(): void {
    this.#closed = true;
    this.#accounter.stop();
    this.#enricher.stop();
    this.#attacher?.stop();
    this.#watcher.close();
    for (const window of this.#windows) window.close();
    this.#windows.clear();
    this.#options.source.close();
  }

  /** In a replay: enters a poll, as made at this moment. */
  take(poll: DrivenPoll): void {
    this.#accounter.take(poll);
  }

  /** In a replay: all that the last poll set off is through. */
  pollCompleted(): void {
    if (this.#poll === null) return;
    const { at, portsFetched, processes, sockets } = this.#poll;
    const base = { time: at, source: 'replay', hook: null } as const;
    this.#recorder.write({ ...base, name: 'poll.completed', portsFetched, processes, sockets });
    this.#tell();
  }

  /** In a replay: nothing comes any more, so that what waits for a poll is told as it is. */
  finish(): void {
    this.#accounter.finish();
  }

  /** Now, on both clocks, in nanoseconds. */
  clocks(): { readonly boot: BootNs; readonly wall: WallNs } {
    const boot = this.#clock.bootNow();
    return { boot, wall: this.#clock.toWall(boot) };
  }

  get log(): EventLog {
    return this.#log;
  }

  status(): EngineStatus {
    return {
      ...this.#watching.status,
      recording: this.#recorder.recording,
      recordingSince: this.#recorder.recordingSince,
      events: this.#log.appended,
      evicted: this.#log.evicted,
      poll: this.#poll,
      pollIntervalMs: this.#settings.pollIntervalMs ?? Number.POSITIVE_INFINITY,
      host: this.#options.host,
    };
  }

  configure(settings: PipelineSettings): void {
    const before = this.#settings;
    this.#settings = settings;
    this.#accounter.setPollInterval(settings.pollIntervalMs);
    const time = this.#clock.now();
    const showChanged = before.showOwnProcesses !== settings.showOwnProcesses;
    this.#scope.showOwn = settings.showOwnProcesses;
    if (showChanged && !settings.showOwnProcesses) {
      for (const process of this.#accounter.ledger.processes.values()) {
        if (this.#scope.isOwn(process)) this.#matched(this.#matcher.forget(process.key, time));
      }
    }
    const portsChanged = before.countPortsAsBeyla !== settings.countPortsAsBeyla;
    this.#typed = noFacts;
    if (portsChanged) {
      this.#accounter.setCountPortsAsBeyla(settings.countPortsAsBeyla);
      this.#matcher.setRules(this.#rules());
    }
    if (
      showChanged ||
      portsChanged ||
      JSON.stringify(before.criteria) !== JSON.stringify(settings.criteria)
    ) {
      this.#matcher.configure(settings.criteria);
      this.#matched(this.#matcher.reevaluate(this.#scope.subjects(), time));
      for (const window of this.#windows) window.criteriaChanged();
    }
    this.#enricher.sweep();
    this.#attacher?.settle();
    this.#scope.changed();
    for (const window of this.#windows) {
      if (showChanged) window.refreshSockets();
      window.tablesChanged();
      window.statusChanged();
    }
    this.#tell();
  }

  /**
   * Recording off: nothing is logged; the tables go on, so that the window stays true. On again:
   * what was not recorded is marked as a gap and a poll reconciles.
   */
  setRecording(recording: boolean): void {
    if (recording === this.#recorder.recording) return;
    if (recording) {
      this.#recorder.resume(this.#clock.now());
      this.#accounter.look();
    } else {
      this.#recorder.pause(this.#clock.now());
    }
    for (const window of this.#windows) window.statusChanged();
    this.#tell();
  }

  /** Asks the user for the helper; resolves with whether it is connected now. */
  askForFullView(): Promise<boolean> {
    return this.#options.source.askForFullView();
  }

  observe(observer: Observer): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** A new window: sends it everything as it is now, then what changes. Returns what takes its messages. */
  openWindow(send: (message: EngineMessage) => void): {
    receive: (message: WindowMessage) => void;
    close: () => void;
  } {
    const window = new WindowStream(this.#view, this.#frames, send);
    this.#windows.add(window);
    window.connect();
    return {
      receive: (message) => {
        switch (message.type) {
          case 'ack':
            window.acknowledge(message.id);
            return;
          case 'set_recording':
            this.setRecording(message.recording);
            return;
          case 'replay':
            // Whoever drives this pipeline takes these before they come here.
            return;
          default:
            answer(message, this.#answers, (answered) => {
              if (this.#windows.has(window)) send(answered);
            });
        }
      },
      close: () => {
        window.close();
        this.#windows.delete(window);
      },
    };
  }

  explain(key: ProcessKey): {
    process: ProcessInfo | null;
    ancestors: ProcessInfo[];
    verdict: Verdict;
  } {
    const { processes } = this.#accounter.ledger;
    const process = processes.get(key);
    if (process === undefined) {
      const summary = 'The process is not known any more.';
      const verdict = { evaluations: [], selectedBy: null, excludedBy: null, summary };
      return { process: null, ancestors: [], verdict };
    }
    this.#enricher.hurry(process);
    const verdict = this.#matcher.explain(process);
    return {
      process: process.info,
      ancestors: processes.ancestors(process).map(({ info }) => info),
      verdict: { ...verdict, summary: this.#scope.whyNever(process) ?? verdict.summary },
    };
  }

  /** What a criterion as it is typed would select right now, of every living process but our own. */
  preview(draft: CriterionDraft): Preview {
    return this.#matcher.preview(draft, this.#scope.subjects());
  }

  /** Which criterion would have selected a process, had it got this port. */
  wouldSelect(process: ProcessInfo, port: number): Criterion | null {
    const known = this.#accounter.ledger.processes.get(process.key);
    const others = known?.openPorts(this.#settings.countPortsAsBeyla) ?? [];
    return this.#matcher.wouldSelect(process, others, port);
  }

  /** Sockets as they are now, without our own. */
  sockets(): SocketRow[] {
    return [...this.#view.sockets()].filter((row) => !this.#view.isHidden(row));
  }

  /** Resolves when what criteria and windows ask of the processes of now is known, or known not to be had. */
  factsKnown(): Promise<void> {
    return this.#enricher.idle();
  }

  matchOf(key: ProcessKey): Match | undefined {
    return this.#matcher.matchOf(key);
  }

  processOf(key: ProcessKey): ProcessInfo | undefined {
    return this.#accounter.ledger.processes.get(key)?.info;
  }

  /** Executables (`DEVICE:INODE`) that the activity probe is attached to, and how many matched processes run each. */
  get attachments(): ReadonlyMap<string, number> {
    return this.#attacher?.attachments ?? new Map();
  }

  /** Who has this PID now, be it one of our own. */
  processAt(pid: number): ProcessInfo | undefined {
    return this.#accounter.ledger.processes.at(pid)?.info;
  }

  /** Every living process, without our own and the kernel's threads. */
  processes(): ProcessInfo[] {
    return [...this.#scope.subjects()].map(({ info }) => info);
  }

  headerFacts(redactSecrets: boolean, scope: string): HeaderFacts {
    return {
      status: this.status(),
      criteria: this.#matcher.criteria,
      time: this.#clock.now(),
      redactSecrets,
      scope,
      replay: this.#options.replay !== undefined,
    };
  }

  export({ format, scope, redactSecrets }: ExportRequest): Export {
    const events = this.#log.select(scope);
    return {
      total: events.length,
      chunks: serialise(format, events, this.headerFacts(redactSecrets, scope.kind)),
    };
  }

  readonly #answers: Answers = {
    explain: (process) => this.explain(process),
    preview: async (draft) => {
      const { problems, count, taken, examples } = await this.#previewed(draft);
      return { problems, count, taken, examples };
    },
    readConfiguration,
    writeConfiguration: (form) => {
      const { criteria, keptConfiguration, pollIntervalMs } = this.#settings;
      const interval = pollIntervalMs === defaultSettings.pollIntervalMs ? null : pollIntervalMs;
      return writeConfiguration(criteria, keptConfiguration ?? null, form, interval);
    },
  };

  /** What windows wait for goes by their time, which in a replay is not the pipeline's. */
  get #frames(): Timers {
    return this.#options.frames ?? this.#options.timers;
  }

  readonly #view: WindowView = {
    sockets: () => this.#scope.socketRows(),
    isHidden: (row) => this.#scope.hidesSocket(row),
    processes: () => this.#scope.shown((key) => this.#matcher.matchOf(key) !== undefined),
    matches: () => this.#matcher.matches(),
    newestEvents: (count) => this.#log.newest(count),
    status: () => this.status(),
    replay: () => this.#options.replay?.() ?? null,
    criteria: () => ({ criteria: this.#matcher.inForce, problems: this.#matcher.problems }),
  };

  #take(changes: readonly Change[]): void {
    let attached = false;
    for (const change of changes) {
      switch (change.type) {
        case 'event':
          if (!this.#scope.hidesEvent(change.draft)) this.#recorder.write(change.draft);
          break;
        case 'process':
          if (!this.#scope.hides(change.process)) {
            if (change.kind !== 'deleted') this.#enricher.recall(change.process);
            if (this.#matched(this.#matcher.apply(change))) attached = true;
            if (change.kind !== 'deleted') this.#enricher.consider(change.process);
          }
          if (change.kind === 'deleted') this.#scope.forget(change.process.key);
          break;
        case 'socket':
          if (change.row?.holders.some((key) => this.#attacher?.has(key)) === true) attached = true;
          for (const key of change.row?.holders ?? []) this.#considerKey(key);
          for (const window of this.#windows) window.socketChanged(change.key, change.row);
      }
    }
    if (attached) this.#attacher?.settle();
    this.#scope.changed();
    for (const window of this.#windows) window.tablesChanged();
  }

  #considerKey(key: ProcessKey): void {
    const process = this.#accounter.ledger.processes.get(key);
    if (process !== undefined) this.#enricher.consider(process);
  }

  /** A preview that waits, a little, for the facts which the criterion asks for and nobody else did. */
  async #previewed(draft: CriterionDraft): Promise<Preview> {
    const preview = this.preview(draft);
    const { missing } = preview;
    if (!missing.executableType && !missing.placement) return preview;
    this.#typed = missing;
    this.#enricher.sweep();
    await Promise.race([
      this.#enricher.idle(),
      new Promise<void>((resolve) => this.#frames.after(PREVIEW_WAIT_MS, resolve)),
    ]);
    return this.preview(draft);
  }

  /** What is looked up: all of a process that is shown, and of the others what some criterion asks for. */
  #wantedFacts(process: ProcessRecord): WantedFacts {
    if (this.#scope.hides(process)) return noFacts;
    if (process.hasSocket || this.#matcher.matchOf(process.key) !== undefined)
      return { executableType: true, placement: true };
    const { needs } = this.#matcher;
    return {
      executableType: needs.executableType || this.#typed.executableType,
      placement: needs.placement || this.#typed.placement,
    };
  }

  /** A fact about a process came in: what depends on it is decided now. */
  #learned(process: ProcessRecord): void {
    this.#take([
      {
        type: 'process',
        kind: 'changed',
        process,
        executableChanged: false,
        time: this.#clock.now(),
        source: 'poll',
        hook: null,
      },
    ]);
    this.#tell();
  }

  /** Records what the matcher decided and hands it to the attacher. Returns whether there was anything. */
  #matched(drafts: readonly EventDraft[]): boolean {
    for (const draft of drafts) {
      this.#recorder.write(draft);
      if (draft.name === 'match.ended') this.#attacher?.detach(draft.process.key);
      if (draft.name === 'match.started') {
        const process = this.#accounter.ledger.processes.get(draft.process.key);
        if (process !== undefined) this.#attacher?.attach(process);
      }
    }
    return drafts.length > 0;
  }

  #tell(): void {
    const events = this.#recorder.take();
    for (const window of this.#windows) {
      if (events.length > 0) {
        window.add(events);
        window.statusChanged();
      }
      window.flush();
    }
    if (events.length > 0) for (const observer of this.#observers) observer(events);
  }

  #gap(gap: Gap): void {
    this.#recorder.write(this.#watching.gap(gap, (boot) => this.#clock.toWall(boot)));
    this.#accounter.reconcile(gap.to);
    for (const window of this.#windows) window.statusChanged();
    this.#tell();
  }

  #stateChanged(state: KernelSourceState): void {
    if (state.helperPid !== null) this.#scope.addOwn(state.helperPid);
    const { ready, drafts } = this.#watching.enter(state, this.#clock.now());
    if (ready) {
      this.#accounter.watcherReady();
      this.#attacher?.restart();
    }
    if (state.helper === 'absent') this.#accounter.watcherGone();
    const bound = state.hooks.some((report) => report.fact === 'bound' && report.state === 'attached');
    this.#accounter.bindsAreTold(state.helper === 'connected' && bound);
    for (const draft of drafts) this.#recorder.write(draft);
    if (ready) this.#accounter.reconcile(this.#clock.bootNow());
    for (const window of this.#windows) window.statusChanged();
    this.#tell();
  }

  #polled(report: PollReport): void {
    this.#poll = report;
    this.#enricher.sweep();
    this.#firstPoll?.();
    for (const window of this.#windows) window.statusChanged();
    this.#tell();
  }

  #pollFailed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#options.notice(
      'warn',
      `A snapshot of processes and sockets failed: ${message}. It is tried again.`,
    );
    this.#firstPoll?.();
    this.#tell();
  }

  #rules(): MatchRules {
    const { ownNetworkNamespace } = this.#options;
    return { ownNetworkNamespace, countPortsAsBeyla: this.#settings.countPortsAsBeyla };
  }
}

import { MessageChannelMain, utilityProcess, type UtilityProcess, type WebContents } from 'electron';
import {
  EngineNotice,
  ipc,
  type ControlMessage,
  type ExportProgress,
  type ExportRequest,
  type Settings,
} from '../../contract/index.js';

export type EngineState = 'starting' | 'running' | 'lost';

export interface EngineHostOptions {
  readonly entry: string;
  readonly settings: () => Settings;
  readonly onState: (state: EngineState, message: string | null) => void;
  readonly onDeclined: () => void;
  /** A recording or scenario could not be opened, in words. */
  readonly onReplayFailed: (path: string, message: string) => void;
  /** Another replay is shown, or none. */
  readonly onReplayNotes: (notes: string[]) => void;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
}

const firstDelayMs = 100;
const longestDelayMs = 5000;
/** An engine that lived this long was healthy: the next restart is immediate again. */
const healthyAfterMs = 10_000;

/**
 * Owns the engine process: starts it, starts it again when it dies, and gives every window a port
 * of its own. Exports that were running when it died are reported as failed.
 */
export class EngineHost {
  readonly #options: EngineHostOptions;
  readonly #windows = new Set<WebContents>();
  readonly #exports = new Map<number, { path: string; report: (progress: ExportProgress) => void }>();
  #process: UtilityProcess | null = null;
  #stopping = false;
  #delayMs = firstDelayMs;
  #gapSince: bigint | null = null;
  #nextExport = 1;

  constructor(options: EngineHostOptions) {
    this.#options = options;
  }

  start(): void {
    this.#options.onState('starting', null);
    const engine = utilityProcess.fork(this.#options.entry, [], {
      serviceName: 'Bindscope Engine',
      stdio: 'inherit',
    });
    const startedAt = Date.now();
    this.#process = engine;
    engine.on('message', (message: unknown) => {
      this.#receive(message);
    });
    engine.once('spawn', () => {
      this.#send({
        type: 'start',
        settings: this.#options.settings(),
        ownPids: [process.pid],
        gapSince: this.#gapSince,
      });
      for (const window of this.#windows) this.#givePort(window);
    });
    engine.once('exit', (code) => {
      this.#process = null;
      if (this.#stopping) return;
      this.#gapSince = BigInt(Date.now()) * 1_000_000n;
      if (Date.now() - startedAt > healthyAfterMs) this.#delayMs = firstDelayMs;
      this.#failExports();
      this.#options.onState(
        'lost',
        `The engine ended unexpectedly (code ${code}). It is being started again.`,
      );
      setTimeout(() => {
        if (!this.#stopping) this.start();
      }, this.#delayMs);
      this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs);
    });
  }

  /** Gives a window a port to the engine now, and again whenever the engine is replaced. */
  connect(window: WebContents): void {
    if (!this.#windows.has(window)) {
      this.#windows.add(window);
      window.once('destroyed', () => this.#windows.delete(window));
    }
    if (this.#process?.pid !== undefined) this.#givePort(window);
  }

  configure(settings: Settings): void {
    this.#send({ type: 'configure', settings });
  }

  askForFullView(): void {
    this.#send({ type: 'ask_for_full_view' });
  }

  /** Shows a recording or scenario in place of what is live; every window gets a new port to it. */
  openReplay(path: string): void {
    if (this.#process === null)
      throw new Error('The engine is being started again. Try once more in a moment.');
    this.#send({ type: 'open_replay', path });
  }

  closeReplay(): void {
    this.#send({ type: 'close_replay' });
  }

  /** Starts an export and returns its id; `report` is called until it is done, cancelled or failed. */
  export(path: string, request: ExportRequest, report: (progress: ExportProgress) => void): number {
    const id = this.#nextExport;
    this.#nextExport += 1;
    if (this.#process === null)
      throw new Error('The engine is being started again. Try once more in a moment.');
    this.#exports.set(id, { path, report });
    this.#send({ type: 'export', id, path, request });
    return id;
  }

  cancelExport(id: number): void {
    this.#send({ type: 'cancel_export', id });
  }

  stop(): void {
    this.#stopping = true;
    this.#send({ type: 'stop' });
  }

  #send(message: ControlMessage): void {
    this.#process?.postMessage(message);
  }

  #givePort(window: WebContents): void {
    if (this.#process === null || window.isDestroyed()) return;
    const { port1, port2 } = new MessageChannelMain();
    this.#process.postMessage({ type: 'connect' } satisfies ControlMessage, [port1]);
    window.postMessage(ipc.stream, null, [port2]);
  }

  #receive(message: unknown): void {
    const parsed = EngineNotice.safeParse(message);
    if (!parsed.success) {
      this.#options.log('error', `refused a message of the engine: ${parsed.error.message}`);
      return;
    }
    const notice = parsed.data;
    switch (notice.type) {
      case 'started':
        this.#gapSince = null;
        this.#options.onState('running', null);
        break;
      case 'full_view_declined':
        this.#options.onDeclined();
        break;
      case 'replay_changed':
        for (const window of this.#windows) this.#givePort(window);
        this.#options.onReplayNotes(notice.notes);
        break;
      case 'replay_failed':
        this.#options.onReplayFailed(notice.path, notice.message);
        break;
      case 'export_progress': {
        const { id, progress } = notice;
        this.#exports.get(id)?.report(progress);
        if (progress.state !== 'running') this.#exports.delete(id);
        break;
      }
      case 'log':
        this.#options.log(notice.level, `engine: ${notice.message}`);
        break;
    }
  }

  #failExports(): void {
    for (const { path, report } of this.#exports.values()) {
      report({ state: 'failed', path, message: 'The engine ended during the export. Export again.' });
    }
    this.#exports.clear();
  }
}

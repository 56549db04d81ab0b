import type { EngineMessage, EngineNotice, Settings } from '../../contract/index.js';
import { ControlMessage, WindowMessage } from '../../contract/index.js';
import type { Pipeline, PipelineSettings } from '../../discovery/pipeline.js';
import { exportToFile } from './export-to-file.js';
import { Refusals } from './refusals.js';
import { ReplayHost, type OpenReplay } from './replay-host.js';

/** A port to a window. Messages come once `start` was called. */
export interface WindowPort {
  postMessage(message: EngineMessage): void;
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: () => void): void;
  start(): void;
}

export interface EngineOptions {
  readonly createPipeline: (options: {
    settings: PipelineSettings;
    ownPids: readonly number[];
    gapSince: bigint | null;
    notice: (level: 'info' | 'warn' | 'error', message: string) => void;
  }) => Pipeline;
  readonly openReplay: OpenReplay;
  /** Settings come into force, before anything is made by them. */
  readonly settings?: (settings: Settings) => void;
  readonly tell: (notice: EngineNotice) => void;
  readonly exit: () => void;
}

const pipelineSettings = ({
  criteria,
  pollIntervalMs,
  showOwnProcesses,
  countPortsAsBeyla,
  keptConfiguration,
}: Settings): PipelineSettings => ({
  criteria,
  pollIntervalMs,
  showOwnProcesses,
  countPortsAsBeyla,
  keptConfiguration,
});

/** Main's side and the windows' side of one pipeline. Holds no logic of its own. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #refusals: Refusals;
  readonly #exports = new Map<number, AbortController>();
  /** Windows that came before `start`. */
  readonly #early: WindowPort[] = [];
  readonly #replays: ReplayHost;
  #pipeline: Pipeline | null = null;
  /** Null until `start`. */
  #settings: PipelineSettings | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#replays = new ReplayHost({
      openReplay: options.openReplay,
      settings: () => this.#settings,
      tell: options.tell,
    });
    this.#refusals = new Refusals((message) => {
      this.#log('warn', message);
    });
  }

  /** A message of main, of any shape, with the ports that came with it. */
  receive(data: unknown, ports: readonly WindowPort[]): void {
    const message = this.#refusals.parse(ControlMessage, data, 'the main process');
    if (message === undefined) return;
    switch (message.type) {
      case 'start':
        this.#start(message.settings, message.ownPids, message.gapSince);
        return;
      case 'connect':
        for (const port of ports) this.#connect(port);
        return;
      case 'configure':
        this.#options.settings?.(message.settings);
        this.#settings = pipelineSettings(message.settings);
        this.#pipeline?.configure(this.#settings);
        this.#replays.configure(this.#settings);
        return;
      case 'open_replay':
        void this.#replays.open(message.path);
        return;
      case 'close_replay':
        this.#replays.close();
        return;
      case 'ask_for_full_view':
        this.#askForFullView();
        return;
      case 'export': {
        const { id, path, request } = message;
        const shown = this.#shown;
        if (shown === null) {
          const progress = {
            state: 'failed',
            path,
            message: 'The engine has not started yet. Try again.',
          } as const;
          this.#options.tell({ type: 'export_progress', id, progress });
          return;
        }
        const abort = new AbortController();
        this.#exports.set(id, abort);
        void exportToFile({
          path,
          data: shown.export(request),
          signal: abort.signal,
          progress: (progress) => {
            this.#options.tell({ type: 'export_progress', id, progress });
          },
        }).finally(() => this.#exports.delete(id));
        return;
      }
      case 'cancel_export':
        this.#exports.get(message.id)?.abort();
        return;
      case 'stop':
        this.#replays.close();
        this.#pipeline?.close();
        this.#pipeline = null;
        this.#options.exit();
    }
  }

  /** What windows and exports are of: the replay where one is open. Null before `start`. */
  get #shown(): Pick<Pipeline, 'openWindow' | 'export'> | null {
    return this.#replays.current ?? this.#pipeline;
  }

  #start(settings: Settings, ownPids: readonly number[], gapSince: bigint | null): void {
    if (this.#pipeline !== null) {
      this.#log('warn', 'Refused a second start of the engine.');
      return;
    }
    let pipeline: Pipeline;
    this.#options.settings?.(settings);
    this.#settings = pipelineSettings(settings);
    try {
      pipeline = this.#options.createPipeline({
        settings: this.#settings,
        ownPids,
        gapSince,
        notice: (level, text) => {
          this.#log(level, text);
        },
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log('error', `The engine cannot start: ${reason}`);
      return;
    }
    this.#pipeline = pipeline;
    this.#options.tell({ type: 'started' });
    for (const port of this.#early.splice(0)) this.#connect(port);
    pipeline.start().then(
      () => {
        if (settings.askForFullView && pipeline.status().canAskForFullView) this.#askForFullView();
      },
      (error: unknown) => {
        this.#log('error', `Watching could not start: ${String(error)}`);
      },
    );
  }

  #connect(port: WindowPort): void {
    const shown = this.#shown;
    if (shown === null) {
      this.#early.push(port);
      return;
    }
    const window = shown.openWindow((message) => {
      port.postMessage(message);
    });
    port.onMessage((data) => {
      const message = this.#refusals.parse(WindowMessage, data, 'a window');
      if (message !== undefined) window.receive(message);
    });
    port.onClose(() => {
      window.close();
    });
    port.start();
  }

  #askForFullView(): void {
    this.#pipeline?.askForFullView().then(
      (connected) => {
        if (!connected) this.#options.tell({ type: 'full_view_declined' });
      },
      (error: unknown) => {
        this.#log('error', `Full view could not be had: ${String(error)}`);
      },
    );
  }

  #log(level: 'info' | 'warn' | 'error', message: string): void {
    this.#options.tell({ type: 'log', level, message });
  }
}

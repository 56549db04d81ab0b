import type {
  ConfigurationProblem,
  EngineMessage,
  EngineStatus,
  ExportRequest,
  ReplayAction,
  ReplayState,
  WindowMessage,
} from '../../contract/index.js';
import type { Export, PipelineSettings } from '../pipeline.js';
import type { RealTime } from './real-time.js';

export interface ReplaySessionOptions {
  /** Name of the file without its folder: for the state, and for errors. */
  readonly file: string;
  /** The whole of it. */
  readonly text: string;
  /** Criteria and what else concerns the pipeline; polls are the recording's, whatever the interval. */
  readonly settings: PipelineSettings;
  readonly realTime: RealTime;
  readonly notice: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/**
 * A recording or scenario, run through the same pipeline on a virtual clock, that can be played,
 * stepped and moved to any moment.
 *
 * ```ts
 * const session = await ReplaySession.open({ file, text, settings, realTime, notice });
 * if (Array.isArray(session)) throw …; // every element: configurationProblemText(problem)
 * const window = session.openWindow((message) => port.postMessage(message));
 * port.onMessage((message) => window.receive(message)); // `replay` messages too: they are applied
 * session.close();
 * ```
 *
 * It opens paused at its first moment. It reads nothing of the machine it runs on: host, users,
 * languages and containers are what the recording says.
 */
export declare class ReplaySession {
  /** Reads the file, in slices that let other work pass. Problems say line and column; then there is no session. */
  static open(options: ReplaySessionOptions): Promise<ReplaySession | readonly ConfigurationProblem[]>;
  /** What is worth knowing though it is no error: a last line cut short by a crash. */
  readonly notes: readonly ConfigurationProblem[];
  get state(): ReplayState;
  status(): EngineStatus;
  /**
   * Resolves when the clock stands where it was asked to (at once for play, pause and speed), or when
   * a later action has overtaken it. Never rejects.
   */
  apply(action: ReplayAction): Promise<void>;
  /** Other criteria count from the moment at which the replay stands, as they would live. */
  configure(settings: PipelineSettings): void;
  /** Called whenever the state has changed, while playing at most once a frame. */
  onChange(listener: (state: ReplayState) => void): () => void;
  /**
   * As {@link Pipeline.openWindow}: sends `connected` at once, then what changes, and `replay` when
   * the state changes. After a move backwards `connected` comes again.
   */
  openWindow(send: (message: EngineMessage) => void): {
    receive: (message: WindowMessage) => void;
    close: () => void;
  };
  /** Of the events up to the moment at which the replay stands. */
  export(request: ExportRequest): Export;
  close(): void;
}

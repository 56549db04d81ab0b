import { basename } from 'node:path';
import type { ConfigurationProblem, EngineNotice } from '../../contract/index.js';
import { configurationProblemText } from '../../contract/index.js';
import type { PipelineSettings } from '../../discovery/pipeline.js';
import type { ReplaySession } from '../../discovery/replay/replay-session.js';
import { readRecording } from './read-recording.js';

/** What is needed of a replay. */
export type Replay = Pick<ReplaySession, 'notes' | 'openWindow' | 'configure' | 'export' | 'close'>;

/** Reads the text of a recording or scenario; problems: there is none to be had of it. */
export type OpenReplay = (options: {
  file: string;
  text: string;
  settings: PipelineSettings;
  notice: (level: 'info' | 'warn' | 'error', message: string) => void;
}) => Promise<Replay | readonly ConfigurationProblem[]>;

export interface ReplayHostOptions {
  readonly openReplay: OpenReplay;
  /** Null: the engine has not started. */
  readonly settings: () => PipelineSettings | null;
  readonly tell: (notice: EngineNotice) => void;
}

/** Problems of a file that are told; a damaged one may have one a line. */
const MOST_PROBLEMS = 3;

const problemsText = (problems: readonly ConfigurationProblem[]): string => {
  const told = problems.slice(0, MOST_PROBLEMS).map(configurationProblemText);
  const more = problems.length - told.length;
  return [...told, ...(more > 0 ? [`and ${String(more)} more`] : [])].join('\n');
};

const isProblems = (
  opened: Replay | readonly ConfigurationProblem[],
): opened is readonly ConfigurationProblem[] => Array.isArray(opened);

/** Holds the replay that is shown in place of what is live, at most one. The last that was asked for wins. */
export class ReplayHost {
  readonly #options: ReplayHostOptions;
  #current: Replay | null = null;
  /** Rises with every request, so that one that was overtaken while it read is dropped. */
  #request = 0;

  constructor(options: ReplayHostOptions) {
    this.#options = options;
  }

  /** Null: what is live is shown. */
  get current(): Replay | null {
    return this.#current;
  }

  /** Never rejects: what went wrong is told, and what was shown stays. */
  async open(path: string): Promise<void> {
    const request = (this.#request += 1);
    const fail = (message: string): void => {
      if (request === this.#request) this.#options.tell({ type: 'replay_failed', path, message });
    };
    let opened: Replay | readonly ConfigurationProblem[];
    try {
      const text = await readRecording(path);
      const settings = this.#options.settings();
      if (settings === null) {
        fail('The engine has not started yet. Try again.');
        return;
      }
      opened = await this.#options.openReplay({
        file: basename(path),
        text,
        settings,
        notice: (level, message) => {
          this.#options.tell({ type: 'log', level, message });
        },
      });
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
      return;
    }
    if (isProblems(opened)) {
      fail(problemsText(opened));
      return;
    }
    if (request !== this.#request) {
      opened.close();
      return;
    }
    // Settings may have changed while the file was read.
    const settings = this.#options.settings();
    if (settings !== null) opened.configure(settings);
    this.#show(opened);
  }

  close(): void {
    this.#request += 1;
    if (this.#current !== null) this.#show(null);
  }

  configure(settings: PipelineSettings): void {
    this.#current?.configure(settings);
  }

  #show(replay: Replay | null): void {
    const before = this.#current;
    this.#current = replay;
    before?.close();
    const notes = replay?.notes.map(configurationProblemText) ?? [];
    this.#options.tell({ type: 'replay_changed', open: replay !== null, notes });
  }
}

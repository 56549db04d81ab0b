import type {
  ConfigurationProblem,
  EngineMessage,
  EngineStatus,
  ExportRequest,
  ReplayAction,
  ReplayState,
  WallNs,
  WindowMessage,
} from '../../contract/index.js';
import type { Export, PipelineSettings } from '../pipeline.js';
import { readRecording } from '../recording/read-recording.js';
import type { Recording } from '../recording/step.js';
import type { RealTime } from './real-time.js';
import { ReplayRun } from './replay-run.js';

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

interface Window {
  readonly send: (message: EngineMessage) => void;
  /** Its end at the run that is shown; null until it is connected. */
  handle: ReturnType<ReplayRun['pipeline']['openWindow']> | null;
  /** It was not given all events that it could have. */
  lacksEvents: boolean;
}

/** Between two advances of the clock while playing: two frames. */
const TICK_MS = 33;
/** Work is done in slices of this length, with the event loop's other work in between. */
const SLICE_MS = 8;
/**
 * A window that connects is given the newest few events, so that scrubbing stays quick. Once the
 * replay has rested for so long, it is given so many.
 */
const REST_MS = 400;
export const EVENTS_AT_REST = 50_000;

/**
 * A recording or scenario, run through the same pipeline on a virtual clock, that can be played,
 * stepped and moved to any moment.
 *
 * ```ts
 * const session = await ReplaySession.open({ file, text, settings, realTime, notice });
 * if (!(session instanceof ReplaySession)) … // every element: configurationProblemText(problem)
 * const window = session.openWindow((message) => port.postMessage(message));
 * port.onMessage((message) => window.receive(message)); // `replay` messages too: they are applied
 * session.close();
 * ```
 *
 * It opens paused at its first moment, of which all steps are played. It reads nothing of the machine
 * it runs on: host, users, languages and containers are what the recording says.
 */
export class ReplaySession {
  /** What is worth knowing though it is no error: a last line cut short by a crash. */
  readonly notes: readonly ConfigurationProblem[];
  readonly #options: ReplaySessionOptions;
  readonly #recording: Recording;
  readonly #windows = new Set<Window>();
  readonly #listeners = new Set<(state: ReplayState) => void>();
  /** Wall clock less boot clock, for the states that windows are told. */
  readonly #offset: bigint;
  readonly #from: bigint;
  readonly #to: bigint;
  #settings: PipelineSettings;
  #run: ReplayRun;
  /** Where it stands, in boot-clock nanoseconds; never outside of the recording. */
  #at: bigint;
  #playing = false;
  #speed = 1;
  #cancelTick: (() => void) | null = null;
  #cancelRest: (() => void) | null = null;
  /** Real milliseconds of the last tick. */
  #tickedAt = 0;
  /** Counts moves, so that one that is overtaken knows it. */
  #move = 0;
  /** The last move; another one begins when it has stopped. */
  #moved: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(
    options: ReplaySessionOptions,
    recording: Recording,
    notes: readonly ConfigurationProblem[],
  ) {
    this.#options = options;
    this.#recording = recording;
    this.notes = notes;
    this.#settings = options.settings;
    const { start, steps } = recording;
    this.#offset = start.wall - start.boot;
    this.#from = steps[0]?.at ?? start.boot;
    this.#to = steps.at(-1)?.at ?? start.boot;
    this.#at = this.#from;
    this.#run = this.#newRun();
  }

  /** Reads the file, in slices that let other work pass. Problems say line and column; then there is no session. */
  static async open(options: ReplaySessionOptions): Promise<ReplaySession | readonly ConfigurationProblem[]> {
    const { realTime, file, text } = options;
    const reading = readRecording(file, text);
    let sliceEnd = realTime.now() + SLICE_MS;
    let next = reading.next();
    while (next.done !== true) {
      if (realTime.now() >= sliceEnd) {
        await realTime.turn();
        sliceEnd = realTime.now() + SLICE_MS;
      }
      next = reading.next();
    }
    const result = next.value;
    if (!result.ok) return result.problems;
    const session = new ReplaySession(options, result.recording, result.notes);
    await session.#run.start();
    await session.#moveTo(session.#from);
    return session;
  }

  get state(): ReplayState {
    return {
      file: this.#options.file,
      from: this.#toWall(this.#from),
      to: this.#toWall(this.#to),
      at: this.#toWall(this.#at),
      playing: this.#playing,
      speed: this.#speed,
    };
  }

  status(): EngineStatus {
    return this.#run.pipeline.status();
  }

  /**
   * Resolves when the clock stands where it was asked to (at once for play, pause and speed), or when
   * a later action has overtaken it. Never rejects.
   */
  async apply(action: ReplayAction): Promise<void> {
    if (this.#closed) return;
    switch (action.kind) {
      case 'play':
        if (this.#playing) return;
        this.#playing = true;
        this.#changed();
        // From the end it begins anew.
        if (this.#at >= this.#to) await this.#moveTo(this.#from);
        this.#tick();
        return;
      case 'pause':
        this.#pause();
        this.#changed();
        return;
      case 'speed':
        this.#speed = action.speed;
        this.#changed();
        return;
      case 'seek': {
        const wanted = action.to - this.#offset;
        // While it moves, playing must not move it elsewhere.
        this.#cancelTick?.();
        await this.#moveTo(wanted < this.#from ? this.#from : wanted > this.#to ? this.#to : wanted);
        this.#tick();
        return;
      }
      case 'step': {
        this.#pause();
        const moment = this.#momentBeside(action.to);
        if (moment === null) this.#changed();
        else await this.#moveTo(moment);
      }
    }
  }

  /** Other criteria count from the moment at which the replay stands, as they would live. */
  configure(settings: PipelineSettings): void {
    this.#settings = settings;
    this.#run.pipeline.configure(settings);
  }

  /** Called whenever the state has changed, while playing at most once a tick of 33 ms. */
  onChange(listener: (state: ReplayState) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * As {@link Pipeline.openWindow}: sends `connected` at once, then what changes, and `replay` when
   * the state changes. After a move backwards `connected` comes again.
   */
  openWindow(send: (message: EngineMessage) => void): {
    receive: (message: WindowMessage) => void;
    close: () => void;
  } {
    const window: Window = { send, handle: null, lacksEvents: false };
    this.#windows.add(window);
    this.#connect(window, null);
    this.#restSoon();
    return {
      receive: (message) => {
        if (message.type === 'replay') void this.apply(message.action);
        else window.handle?.receive(message);
      },
      close: () => {
        this.#windows.delete(window);
        window.handle?.close();
      },
    };
  }

  /** Of the events up to the moment at which the replay stands. */
  export(request: ExportRequest): Export {
    return this.#run.pipeline.export(request);
  }

  close(): void {
    this.#closed = true;
    this.#move += 1;
    this.#pause();
    this.#cancelRest?.();
    this.#windows.clear();
    this.#listeners.clear();
    this.#run.close();
  }

  #newRun(): ReplayRun {
    const { realTime, notice } = this.#options;
    return new ReplayRun({
      recording: this.#recording,
      settings: this.#settings,
      frames: realTime,
      state: () => this.state,
      notice,
    });
  }

  /** Moves the clock there, backwards by a run of its own. A later move overtakes this one. */
  #moveTo(boot: bigint): Promise<void> {
    const move = (this.#move += 1);
    this.#moved = this.#moved.then(() => this.#carryOut(move, boot));
    return this.#moved;
  }

  async #carryOut(move: number, boot: bigint): Promise<void> {
    if (this.#isOvertaken(move)) return;
    if (boot >= this.#at) {
      await this.#advance(this.#run, boot, move, (at) => {
        this.#at = at;
      });
    } else {
      const run = this.#newRun();
      await run.start();
      await this.#advance(run, boot, move, () => undefined);
      if (this.#isOvertaken(move)) {
        run.close();
        return;
      }
      // The windows went on with the run of before until here.
      const before = this.#run;
      this.#run = run;
      this.#at = boot;
      // It may have been configured anew while the run was under way.
      run.pipeline.configure(this.#settings);
      for (const window of this.#windows) this.#connect(window, null);
      before.close();
    }
    if (this.#isOvertaken(move)) return;
    this.#changed();
    if (!this.#playing) this.#restSoon();
  }

  /** Shows a window the run as it stands. `mostEvents`: of the log; null: as many as any window is given. */
  #connect(window: Window, mostEvents: number | null): void {
    const { pipeline } = this.#run;
    window.handle?.close();
    window.handle = pipeline.openWindow((message) => {
      if (message.type === 'connected') {
        const events = mostEvents === null ? message.events : pipeline.log.newest(mostEvents);
        window.lacksEvents = events.length < Math.min(pipeline.log.size, EVENTS_AT_REST);
        window.send({ ...message, events });
        return;
      }
      if (message.type === 'batch' && message.skipped > 0) {
        window.lacksEvents = true;
        this.#restSoon();
      }
      window.send(message);
    });
  }

  /** When nothing moves any more, windows that were given few events get the rest. */
  #restSoon(): void {
    this.#cancelRest?.();
    this.#cancelRest = this.#options.realTime.after(REST_MS, () => {
      this.#cancelRest = null;
      if (this.#playing) return;
      for (const window of this.#windows) if (window.lacksEvents) this.#connect(window, EVENTS_AT_REST);
    });
  }

  /** Plays every step up to then, and none after it. `reached` is told where the clock stands, now and then. */
  async #advance(run: ReplayRun, boot: bigint, move: number, reached: (at: bigint) => void): Promise<void> {
    const { realTime } = this.#options;
    let sliceEnd = realTime.now() + SLICE_MS;
    while (run.nextAt !== null && run.nextAt <= boot) {
      const waiting = run.step();
      if (waiting !== undefined) await waiting;
      if (realTime.now() < sliceEnd) continue;
      reached(run.now);
      await realTime.turn();
      if (this.#isOvertaken(move)) return;
      sliceEnd = realTime.now() + SLICE_MS;
    }
    await run.passUntil(boot);
    if (run.nextAt === null) await run.finish();
    reached(boot);
  }

  #isOvertaken(move: number): boolean {
    return this.#closed || move !== this.#move;
  }

  /** The nearest moment before or after this one at which there is a step; null: there is none. */
  #momentBeside(side: 'next' | 'previous'): bigint | null {
    const { steps } = this.#recording;
    // Steps lie in the order of their moments: how many are at or before this one?
    let low = 0;
    let high = steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((steps[middle]?.at ?? 0n) <= this.#at) low = middle + 1;
      else high = middle;
    }
    const happens = (index: number): boolean => steps[index]?.step.kind !== 'time';
    if (side === 'next') {
      while (low < steps.length && !happens(low)) low += 1;
      return steps[low]?.at ?? null;
    }
    let index = low - 1;
    while (index >= 0 && (!happens(index) || (steps[index]?.at ?? 0n) >= this.#at)) index -= 1;
    return steps[index]?.at ?? null;
  }

  #pause(): void {
    this.#playing = false;
    this.#cancelTick?.();
    this.#cancelTick = null;
    if (!this.#closed) this.#restSoon();
  }

  #tick(): void {
    if (!this.#playing || this.#closed) return;
    const { realTime } = this.#options;
    this.#cancelTick?.();
    this.#tickedAt = realTime.now();
    this.#cancelTick = realTime.after(TICK_MS, () => {
      this.#cancelTick = null;
      const passed = realTime.now() - this.#tickedAt;
      const wanted = this.#at + BigInt(Math.round(passed * this.#speed * 1e6));
      void this.#moveTo(wanted > this.#to ? this.#to : wanted).then(() => {
        if (!this.#playing) return;
        if (this.#at >= this.#to) {
          this.#pause();
          this.#changed();
        } else {
          this.#tick();
        }
      });
    });
  }

  #changed(): void {
    const { state } = this;
    for (const { send } of this.#windows) send({ type: 'replay', replay: state });
    for (const listener of this.#listeners) listener(state);
  }

  #toWall(boot: bigint): WallNs {
    return (boot + this.#offset) as WallNs;
  }
}

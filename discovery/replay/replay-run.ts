import type { BindscopeEvent } from '../../contract/index.js';
import type { ReplayState } from '../../contract/index.js';
import type { PipelineSettings } from '../pipeline.js';
import { Pipeline } from '../pipeline.js';
import type { Recording, TimedStep } from '../recording/step.js';
import type { Timers } from '../timers.js';
import { settle, VirtualTime } from '../virtual-time.js';
import { ReplayInspector } from './replay-inspector.js';
import { ReplaySource } from './replay-source.js';
import { SCENARIO_NETNS, World } from './world.js';

export interface ReplayRunOptions {
  readonly recording: Recording;
  readonly settings: PipelineSettings;
  /** For the frames of windows. */
  readonly frames: Timers;
  readonly state: () => ReplayState;
  readonly notice: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** After the last step: longer than the watcher holds a listen. */
const LAST_NS = 10_000_000n;

/** One run of a recording through a pipeline of its own, from the beginning, step by step. */
export class ReplayRun {
  readonly pipeline: Pipeline;
  readonly #recording: Recording;
  readonly #time: VirtualTime;
  readonly #source: ReplaySource;
  readonly #world: World;
  readonly #inspector: ReplayInspector;
  #next = 0;
  #finished = false;

  constructor({ recording, settings, frames, state, notice }: ReplayRunOptions) {
    const { header, start, steps } = recording;
    this.#recording = recording;
    this.#time = new VirtualTime(start.boot);
    this.#source = new ReplaySource(this.#time, start.wall - start.boot);
    this.#world = new World(recording);
    this.#inspector = new ReplayInspector(this.#world.findings, steps);
    this.pipeline = new Pipeline({
      source: this.#source,
      timers: this.#time,
      frames,
      settings,
      inspector: this.#inspector,
      host: header?.host ?? { name: 'scenario', kernel: 'scenario', bootId: '' },
      ownPids: header?.ownPids ?? [],
      ownNetworkNamespace: header === null ? SCENARIO_NETNS : (header.networkNamespace ?? 0),
      userName: (uid) => this.#world.userNames.get(uid) ?? null,
      replay: state,
      notice,
    });
  }

  /** To be awaited before the first step. */
  async start(): Promise<void> {
    await this.pipeline.start();
  }

  /** Boot-clock time of the next step; null: there is none. */
  get nextAt(): bigint | null {
    return this.#recording.steps[this.#next]?.at ?? null;
  }

  /** Where the virtual clock stands, in boot-clock nanoseconds. */
  get now(): bigint {
    return this.#time.now;
  }

  /** Sees every event, in order. */
  observe(observer: (events: readonly BindscopeEvent[]) => void): void {
    this.pipeline.observe(observer);
  }

  /** Plays the next step, if there is one. Returns a promise only where something is to be waited for. */
  step(): Promise<void> | undefined {
    const timed = this.#recording.steps[this.#next];
    if (timed === undefined) return undefined;
    this.#next += 1;
    if (this.#time.isDue(timed.at)) return this.#time.runUntil(timed.at).then(() => this.#play(timed));
    this.#time.now = timed.at;
    return this.#play(timed);
  }

  /** Time passes, and no step is played. */
  async passUntil(boot: bigint): Promise<void> {
    await this.#time.runUntil(boot);
  }

  close(): void {
    this.pipeline.close();
  }

  #play({ step, at, wall }: TimedStep): Promise<void> | undefined {
    if (wall !== undefined) this.#source.setWall(wall);
    const { listener } = this.#source;
    const before = this.#inspector.activity;
    switch (step.kind) {
      case 'poll': {
        const shown = this.#world.enterPoll(step, at);
        this.pipeline.take({
          portsFetched: step.portsFetched ?? null,
          columns: (portsFetched) => this.#world.columns(step, shown, at, portsFetched),
        });
        return this.#settled().then(() => {
          this.pipeline.pollCompleted();
        });
      }
      case 'event':
        listener.events([this.#world.event(step, at)]);
        break;
      case 'state':
        listener.state(step.state);
        break;
      case 'lost':
        listener.lost({ where: step.where, count: step.count, from: step.from ?? at, to: step.to ?? at });
        break;
      case 'gap':
        listener.gap({ from: step.from ?? at, to: step.to ?? at });
        break;
      case 'inspected':
        this.#inspector.tell(step.process, this.#world.inspected(step.process, at));
        break;
      case 'time':
        break;
    }
    return this.#inspector.activity === before ? undefined : this.#settled();
  }

  /** Until nothing is asked any more: answers lead to other questions. */
  async #settled(): Promise<void> {
    let before: number;
    do {
      before = this.#inspector.activity;
      await settle();
    } while (this.#inspector.activity !== before);
  }

  /** Nothing more is played: what waits for something to come is told as it is. */
  async finish(): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    await this.#time.runUntil(this.#time.now + LAST_NS);
    this.pipeline.finish();
    await this.#settled();
  }
}

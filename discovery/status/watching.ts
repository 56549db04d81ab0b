import type { EngineStatus, KernelSourceState, WallNs } from '../../contract/index.js';
import type { EventDraft } from '../event-draft.js';
import type { Gap } from '../watcher/watcher.js';
import { visibilityOf } from './visibility.js';

const connecting: KernelSourceState = {
  helper: 'connecting',
  hooks: [],
  reason: null,
  remedy: null,
  canAskForFullView: false,
  helperPid: null,
};

/** How the watching itself stands: what can be seen, by which hooks, and what was lost. */
export class Watching {
  #state = connecting;
  /** What was last told of the visibility, so that it is told once. */
  #told = '';
  readonly #lost = { kernel: 0, skipped: 0, queue: 0 };

  get status(): Pick<
    EngineStatus,
    'visibility' | 'reason' | 'remedy' | 'canAskForFullView' | 'helper' | 'helperProcess' | 'hooks' | 'lost'
  > {
    const { helper, helperPid: pid, helperOrigin: origin, ringBytes, hooks } = this.#state;
    return {
      ...visibilityOf(this.#state),
      helper,
      ...(pid === null
        ? {}
        : {
            helperProcess: {
              pid,
              origin: origin ?? null,
              ...(ringBytes === undefined ? {} : { ringBytes }),
            },
          }),
      hooks: [...hooks],
      lost: { ...this.#lost },
    };
  }

  /** Enters a state of the source. `ready`: a helper serves that did not before, or by other hooks. */
  enter(state: KernelSourceState, time: WallNs): { ready: boolean; drafts: EventDraft[] } {
    this.#state = state;
    const { visibility, reason } = visibilityOf(state);
    const told = `${state.helper} ${visibility} ${state.hooks.map(({ hook, state: is }) => hook + is).join()}`;
    if (state.helper === 'connecting' || told === this.#told) return { ready: false, drafts: [] };
    this.#told = told;
    const ready = state.helper === 'connected';
    const base = { time, hook: null, hooks: [...state.hooks] };
    const drafts: EventDraft[] = [];
    if (ready) drafts.push({ ...base, name: 'watcher.ready', source: 'ebpf' });
    if (visibility !== 'full') {
      drafts.push({ ...base, name: 'watcher.degraded', source: 'poll', reason: reason ?? '' });
    }
    return { ready, drafts };
  }

  /** Counts what is missing, and says so. */
  gap({ where, count, from, to }: Gap, toWall: (bootNs: bigint) => WallNs): EventDraft {
    if (where !== 'helper') this.#lost[where] += count ?? 0;
    return {
      name: 'watcher.lost',
      time: toWall(to),
      source: 'ebpf',
      hook: null,
      count,
      where,
      from: toWall(from),
      to: toWall(to),
    };
  }
}

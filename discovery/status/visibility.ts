import type { EngineStatus, HookReport, KernelSourceState } from '../../contract/index.js';

type Fact = HookReport['fact'];

/** What it costs when no hook tells a fact, in words that end a sentence about it. */
const costs: Readonly<Record<Exclude<Fact, 'attempted'>, string>> = {
  bound: 'binds are found by polling, late and without their binder',
  bind_failed: 'failed binds are not seen',
  listening: 'listeners are found by polling, late',
  closed: 'closed sockets are noticed by polling, late',
  exec: 'replaced programs are noticed by polling, late',
  exit: 'ends of processes are noticed by polling, late and without exit code',
  sockets: 'snapshots read sock_diag and /proc, slower, and sockets of other users show no process',
  processes: 'snapshots read /proc, slower',
  activity: 'connections are not counted',
};

/** Facts in the order in which a user cares. An attempt adds nothing once bound and bind_failed are told. */
export const neededFacts = Object.keys(costs) as Exclude<Fact, 'attempted'>[];

export const costOf = (fact: Exclude<Fact, 'attempted'>): string => costs[fact];

export const hookOf = (hooks: readonly HookReport[], fact: Fact): HookReport | undefined =>
  hooks.find((report) => report.fact === fact && report.state === 'attached');

/** Facts that no hook tells. */
export const missingFacts = (hooks: readonly HookReport[]): Exclude<Fact, 'attempted'>[] =>
  neededFacts.filter((fact) => hookOf(hooks, fact) === undefined);

/** How much can be seen, and why not all of it. */
export const visibilityOf = (
  state: KernelSourceState,
): Pick<EngineStatus, 'visibility' | 'reason' | 'remedy' | 'canAskForFullView'> => {
  const { remedy, canAskForFullView } = state;
  if (state.helper !== 'connected') {
    return {
      visibility: 'limited',
      reason: state.reason ?? 'The helper that attaches to the kernel is not connected.',
      remedy,
      canAskForFullView,
    };
  }
  const missing = missingFacts(state.hooks);
  if (missing.length === 0)
    return { visibility: 'full', reason: null, remedy: null, canAskForFullView: false };
  const lost = missing.map(costOf).join('; ');
  return {
    visibility: 'degraded',
    reason: state.reason ?? `This kernel does not tell everything: ${lost}.`,
    remedy,
    canAskForFullView,
  };
};

import type { Fact, HookReport } from './status.js';

/** How well one fact is told, by which hooks, and what the user does without. */
export interface FactSight {
  readonly fact: Fact;
  /**
   * `told`: by a hook, as it happens; `outcome`: not itself, but what comes of it is (an attempted
   * bind, where both bound and failed ones are told); `untold`: by no hook.
   */
  readonly state: 'told' | 'outcome' | 'untold';
  /** Names of the hooks in use. */
  readonly inUse: readonly string[];
  /** What is lost without better or further hooks, in words that stand alone or end a sentence. */
  readonly lacks: readonly string[];
  /** Hooks that were tried in vain, or that the user keeps out. */
  readonly refused: readonly HookReport[];
  /** Hooks that are not needed, because a better one is in use. */
  readonly spare: readonly string[];
}

const returnProbe = 'one may be missed while very many are in that call at once';
const slowsAll = 'every system call of every process is slower';
const refusedByModule = 'those that a security module refuses are not seen';

interface Knowledge {
  /** What it costs when no hook tells the fact. */
  readonly untold: string;
  /** Hooks that may tell it: what each leaves untold that the best one tells; null: nothing. */
  readonly hooks: Readonly<Record<string, string | null>>;
  /** Hooks that tell a part each: what is lost when one of them is refused and another is in use. */
  readonly parts?: Readonly<Record<string, string>>;
}

/** Every hook by the name under which it is reported, for each fact that it can tell. */
const knowledge: Readonly<Record<Fact, Knowledge>> = {
  bound: {
    untold: 'binds are found by polling, late and without their binder',
    hooks: { 'cgroup/post_bind4': null, 'cgroup/post_bind6': null },
    parts: {
      'cgroup/post_bind4': 'binds of IPv4 sockets are found by polling, late and without their binder',
      'cgroup/post_bind6': 'binds of IPv6 sockets are found by polling, late and without their binder',
    },
  },
  bind_failed: {
    untold: 'failed binds are not seen',
    hooks: {
      'fexit/__sys_bind': null,
      'kretprobe/__sys_bind': returnProbe,
      'cgroup/bind+task_work': `${refusedByModule}, and those of io_uring have no reason`,
      'cgroup/bind+sock_release': `${refusedByModule}; others are told without the reason, once the socket is bound again or closed`,
      'tracepoint/syscalls/sys_exit_bind': `${slowsAll}, and binds by io_uring are not seen`,
    },
  },
  listening: {
    untold: 'listeners are found by polling, late',
    hooks: {
      'fexit/inet_csk_listen_start': null,
      'kretprobe/inet_csk_listen_start': returnProbe,
      'tp_btf/inet_sock_set_state':
        'told 2 ms late, once it is certain; a port that listen() chooses is learned from the next poll',
    },
  },
  closed: {
    untold: 'closed sockets are noticed by polling, late',
    hooks: {
      'cgroup/sock_release': null,
      'tp_btf/inet_sock_set_state': null,
      'sock_diag destroy':
        'told of sockets in our network namespace that a poll has seen; their duration is the least it can be',
    },
    parts: {
      'cgroup/sock_release':
        'closed UDP sockets, and TCP sockets that never listened, are noticed by polling',
      'tp_btf/inet_sock_set_state': 'a listener that shutdown() ends is told when it is closed',
    },
  },
  exec: {
    untold: 'replaced programs are noticed by polling, late',
    hooks: { 'tp_btf/sched_process_exec': null },
  },
  exit: {
    untold: 'ends of processes are noticed by polling, late and without exit code',
    hooks: { 'tp_btf/sched_process_exit': null },
  },
  sockets: {
    untold: 'snapshots read sock_diag and /proc, slower, and sockets of other users show no process',
    hooks: {
      'iter/task_file': null,
      sock_diag:
        'sockets of other users show no process; of other network namespaces only those of own processes are seen',
    },
  },
  processes: {
    untold: 'snapshots read /proc, slower',
    hooks: {
      'iter.s/task': null,
      'iter/task': 'processes that ran already show no arguments',
      '/proc': 'processes of other users show no executable',
    },
  },
  activity: {
    untold: 'connections are not counted',
    hooks: { 'iter/bpf_sk_storage_map': null },
  },
  attempted: {
    untold: 'a bind under way is not seen',
    hooks: {
      'kprobe/security_socket_bind': null,
      'fentry/security_socket_bind': null,
      'lsm/socket_bind': refusedByModule,
      'cgroup/bind': refusedByModule,
      'tracepoint/syscalls/sys_enter_bind': `${slowsAll}, and binds by io_uring are not seen`,
    },
  },
};

/** Facts in the order in which a user cares; an attempt adds little to what becomes of it. */
export const factOrder = Object.keys(knowledge) as readonly Fact[];

/** Whether anything is known of what a hook tells: what a user must be told of it has been thought of. */
export const isKnownHook = (hook: string): boolean =>
  Object.values(knowledge).some(({ hooks }) => Object.hasOwn(hooks, hook));

const byOutcome = 'only what comes of it is told: bound, or failed';

const own = <T>(table: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;

const lacksOf = (fact: Fact, inUse: readonly string[], refused: readonly HookReport[]): string[] => {
  const { hooks, parts } = knowledge[fact];
  const lacks = new Set<string>();
  for (const hook of inUse) {
    const lack = own(hooks, hook);
    if (lack != null) lacks.add(lack);
  }
  if (inUse.some((hook) => own(parts, hook) !== undefined)) {
    for (const { hook } of refused) {
      const lack = own(parts, hook);
      if (lack !== undefined) lacks.add(lack);
    }
  }
  return [...lacks];
};

/** The one fact that has a hook which needs no helper. */
const toldWithoutHelper: Fact = 'closed';

/**
 * Every fact, in {@link factOrder}. Hooks that nothing is known of lack nothing that could be said.
 * `limited`: there is no helper, so that hooks which need one count as not tried.
 */
export const sightOf = (reports: readonly HookReport[], limited = false): FactSight[] => {
  const told = (fact: Fact): boolean =>
    reports.some((report) => report.fact === fact && report.state === 'attached');
  return factOrder.map((fact) => {
    const mine = reports.filter((report) => report.fact === fact);
    const named = (state: HookReport['state']): string[] =>
      mine.filter((report) => report.state === state).map(({ hook }) => hook);
    const inUse = named('attached');
    const refused =
      limited && fact !== toldWithoutHelper ? [] : mine.filter(({ state }) => state === 'failed');
    const base = { fact, inUse, refused, spare: named('unused') };
    if (inUse.length > 0) return { ...base, state: 'told', lacks: lacksOf(fact, inUse, refused) };
    return fact === 'attempted' && told('bound') && told('bind_failed')
      ? { ...base, state: 'outcome', lacks: [byOutcome] }
      : { ...base, state: 'untold', lacks: [knowledge[fact].untold] };
  });
};

/**
 * What is not told by a hook at all, or in part: what makes a view less than full. A fact told by a
 * lesser hook is told.
 */
export const missingIn = (reports: readonly HookReport[]): string[] =>
  sightOf(reports)
    .filter(({ fact }) => fact !== 'attempted')
    .flatMap(({ fact, state, lacks }) => {
      if (state === 'untold') return lacks;
      const parts = Object.values(knowledge[fact].parts ?? {});
      return lacks.filter((lack) => parts.includes(lack));
    });

import { existsSync, readFileSync } from 'node:fs';
import type { EngineStatus, FactSight, HookReport, KernelSource } from '../../contract/index.js';
import { ringSizeText, sightOf } from '../../contract/index.js';
import { CommandFailure, FAILURE } from '../failure.js';
import type { Output } from '../output.js';
import { openPipeline } from '../session.js';
import type { Paint, Style } from '../terminal-text.js';
import { printable } from '../terminal-text.js';
import { plural } from '../words.js';
import { wrapped } from '../wrap.js';

export interface DoctorOptions {
  readonly openSource: () => KernelSource;
  readonly json: boolean;
  readonly output: Output;
  readonly paint: Paint;
}

/** What this kernel offers, as far as an ordinary user can look. */
interface Ground {
  readonly typeInformation: boolean;
  readonly controlGroups: string | null;
  readonly unprivilegedBpfDisabled: string | null;
  /** Whether the kernel has SCTP loaded. */
  readonly sctp: boolean;
}

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
};

const lookAround = (): Ground => ({
  typeInformation: existsSync('/sys/kernel/btf/vmlinux'),
  controlGroups:
    readText('/proc/self/mounts')
      ?.split('\n')
      .map((line) => line.split(' '))
      .find(([, , type]) => type === 'cgroup2')?.[1] ?? null,
  unprivilegedBpfDisabled: readText('/proc/sys/kernel/unprivileged_bpf_disabled'),
  sctp: existsSync('/proc/net/sctp'),
});

const report = (status: EngineStatus, ground: Ground): Record<string, unknown> => ({
  name: 'bindscope.doctor',
  schema_version: 1,
  visibility: status.visibility,
  reason: status.reason,
  remedy: status.remedy,
  privilege: {
    uid: process.getuid?.() ?? null,
    helper: status.helper,
    helper_pid: status.helperProcess?.pid ?? null,
    helper_origin: status.helperProcess?.origin ?? null,
    ring_bytes: status.helperProcess?.ringBytes ?? null,
  },
  kernel: {
    release: status.host.kernel,
    btf: ground.typeInformation,
    cgroup2: ground.controlGroups,
    unprivileged_bpf_disabled: ground.unprivilegedBpfDisabled,
  },
  facts: sightOf(status.hooks).map(({ fact, state, inUse, lacks, refused, spare }) => ({
    fact,
    state,
    hook: inUse[0] ?? null,
    hooks: inUse,
    degraded: state === 'untold' ? lacks.join('; ') : null,
    lacks,
    alternatives: [
      ...refused.map(({ hook, reason }) => ({ hook, state: 'failed', reason })),
      ...spare.map((hook) => ({ hook, state: 'unused', reason: null })),
    ],
  })),
  hooks: status.hooks,
  lost: status.lost,
  not_told: { sctp: { in_kernel: ground.sctp }, mptcp: 'told as TCP' },
  snapshot: status.poll === null ? null : { ...status.poll, at: String(status.poll.at) },
});

/** Characters of a line, and of its first column. */
const WIDTH = 96;
const LABEL = 14;
const INDENT = ' '.repeat(LABEL);

const inColumn = (label: string, text: string): string[] => wrapped(text, WIDTH, label.padEnd(LABEL), INDENT);

const origins = {
  started: 'started by us',
  asked: 'allowed by polkit',
  listening: 'found on its socket',
} as const;

const helperText = ({ helper, helperProcess }: EngineStatus): string => {
  if (helperProcess === undefined) return helper === 'absent' ? 'none' : helper;
  const { pid, origin } = helperProcess;
  return `${helper}, pid ${String(pid)}${origin === null ? '' : `, ${origins[origin]}`}`;
};

const lossText = ({ lost, helperProcess }: EngineStatus): string => {
  const ring = helperProcess?.ringBytes;
  return [
    `${plural(lost.kernel, 'event')} in the kernel${ring === undefined ? '' : `, whose ring buffer has ${ringSizeText(ring)}`}`,
    `${plural(lost.queue, 'event')} in the engine`,
    ...(lost.skipped === 0
      ? []
      : [`at most ${plural(lost.skipped, 'event')} by programs that the kernel did not run`]),
  ].join('; ');
};

const snapshotText = ({ poll }: EngineStatus): string => {
  if (poll === null) return 'none could be taken';
  const by = poll.source === 'iter' ? "the kernel's iterators" : 'sock_diag and /proc';
  return `${plural(poll.processes, 'process', 'processes')}, ${plural(poll.sockets, 'socket')} in ${poll.tookMs.toFixed(1)} ms, by ${by}`;
};

const groundLines = (status: EngineStatus, ground: Ground): string[] => [
  ...inColumn(
    'kernel',
    [
      status.host.kernel,
      `type information ${ground.typeInformation ? 'present' : 'missing (CONFIG_DEBUG_INFO_BTF)'}`,
      `cgroup v2 ${ground.controlGroups === null ? 'not mounted' : `at ${ground.controlGroups}`}`,
    ].join(', '),
  ),
  ...inColumn('user', `uid ${String(process.getuid?.() ?? 'unknown')}`),
  ...inColumn('helper', helperText(status)),
  ...inColumn('snapshot', snapshotText(status)),
  ...inColumn('lost', lossText(status)),
  ...inColumn('not told', `SCTP${ground.sctp ? ', which this kernel has loaded' : ''}; MPTCP is told as TCP`),
];

/** Hooks that were refused for the same reason, in one. */
const byReason = (refused: readonly HookReport[]): [reason: string, hooks: string][] => {
  const groups = new Map<string, string[]>();
  for (const { hook, reason } of refused) {
    const words = reason ?? 'no reason given';
    groups.set(words, [...(groups.get(words) ?? []), hook]);
  }
  return [...groups].map(([reason, hooks]) => [reason, hooks.join(', ')]);
};

const marks = {
  told: ['✓', 'good'],
  outcome: ['·', 'quiet'],
  untold: ['✗', 'warn'],
} as const;

const factLines = ({ fact, state, inUse, lacks, refused, spare }: FactSight, paint: Paint): string[] => {
  const [mark, style] = marks[state];
  const lines = (how: Style, sign: string, text: string): string[] =>
    wrapped(text, WIDTH, `${INDENT}${sign} `, `${INDENT}  `).map((line) => paint(how, line));
  const [head = '', ...more] = wrapped(
    state === 'told' ? inUse.join(', ') : lacks.join('; '),
    WIDTH,
    `${mark} ${fact.padEnd(LABEL - 2)}`,
    INDENT,
  );
  return [
    `${paint(style, mark)} ${paint('strong', head.slice(2, LABEL))}${paint(style, head.slice(LABEL))}`,
    ...more.map((line) => paint(style, line)),
    ...(state === 'told' ? lacks.flatMap((lack) => lines('warn', '!', lack)) : []),
    ...byReason(refused).flatMap(([reason, hooks]) => lines('quiet', '-', printable(`${hooks}: ${reason}`))),
    ...(spare.length === 0 ? [] : lines('quiet', '-', `not needed: ${spare.join(', ')}`)),
  ];
};

const text = (status: EngineStatus, ground: Ground, paint: Paint): string => {
  const { visibility, reason, remedy } = status;
  const sights = sightOf(status.hooks, visibility === 'limited');
  const told = sights.filter(({ state }) => state !== 'untold').length;
  const title = `${visibility} view`;
  const style = visibility === 'full' ? 'good' : visibility === 'limited' ? 'bad' : 'warn';
  const why = reason ?? 'every fact is told by the kernel as it happens';
  const [first = '', ...rest] = wrapped(`${title}: ${printable(why)}`, WIDTH, '', '  ');
  return [
    `${paint(style, title)}${first.slice(title.length)}`,
    ...rest,
    ...(remedy === null ? [] : wrapped(printable(remedy), WIDTH, 'to mend it: ', '  ')),
    '',
    ...groundLines(status, ground),
    '',
    ...sights.flatMap((sight) => factLines(sight, paint)),
    '',
    `${String(told)} of ${String(sights.length)} facts are told by a hook`,
  ].join('\n');
};

/** What can be seen here, by which hook, what is lost without a better one, and how to mend it. */
export const doctor = async ({ openSource, json, output, paint }: DoctorOptions): Promise<void> => {
  const pipeline = openPipeline({
    openSource,
    criteria: [],
    countPortsAsBeyla: false,
    pollIntervalMs: null,
    output,
  });
  try {
    await pipeline.start();
    await pipeline.polledOnce;
    const status = pipeline.status();
    const ground = lookAround();
    output.data(json ? `${JSON.stringify(report(status, ground))}\n` : `${text(status, ground, paint)}\n`);
    await output.flushed();
    const bound = sightOf(status.hooks).find(({ fact }) => fact === 'bound');
    if (status.poll === null && bound?.state !== 'told') {
      throw new CommandFailure(FAILURE, 'Nothing can be seen: neither hooks nor snapshots work here.');
    }
  } finally {
    pipeline.close();
  }
};

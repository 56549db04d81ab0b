import { existsSync, readFileSync } from 'node:fs';
import type { EngineStatus, HookReport, KernelSource } from '../../contract/index.js';
import { costOf, hookOf, missingFacts, neededFacts } from '../../discovery/status/visibility.js';
import { CommandFailure, FAILURE } from '../failure.js';
import type { Output } from '../output.js';
import { openPipeline } from '../session.js';
import type { Paint, Style } from '../terminal-text.js';
import { printable } from '../terminal-text.js';
import { visibilityText } from '../words.js';

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
});

const report = (status: EngineStatus, ground: Ground): Record<string, unknown> => ({
  name: 'bindscope.doctor',
  schema_version: 1,
  visibility: status.visibility,
  reason: status.reason,
  remedy: status.remedy,
  privilege: { uid: process.getuid?.() ?? null, helper: status.helper },
  kernel: {
    release: status.host.kernel,
    btf: ground.typeInformation,
    cgroup2: ground.controlGroups,
    unprivileged_bpf_disabled: ground.unprivilegedBpfDisabled,
  },
  facts: neededFacts.map((fact) => {
    const hook = hookOf(status.hooks, fact);
    return {
      fact,
      hook: hook?.hook ?? null,
      degraded: hook === undefined ? costOf(fact) : null,
      alternatives: status.hooks
        .filter((other) => other.fact === fact && other !== hook)
        .map(({ hook: name, state, reason }) => ({ hook: name, state, reason })),
    };
  }),
  hooks: status.hooks,
  snapshot: status.poll === null ? null : { ...status.poll, at: String(status.poll.at) },
});

const marks: Readonly<Record<Exclude<HookReport['state'], 'attached'>, readonly [string, Style]>> = {
  failed: ['✗', 'bad'],
  unused: ['·', 'quiet'],
};

const text = (status: EngineStatus, ground: Ground, paint: Paint): string => {
  const narrowed = visibilityText({ ...status, remedy: null });
  const lines = [
    narrowed === null
      ? `${paint('good', 'full view')}: every fact is told by the kernel as it happens`
      : paint(status.visibility === 'limited' ? 'bad' : 'warn', narrowed),
    ...(status.remedy === null ? [] : [`  to mend it: ${printable(status.remedy)}`]),
    '',
    `kernel      ${status.host.kernel}, type information ${ground.typeInformation ? 'present' : 'missing (CONFIG_DEBUG_INFO_BTF)'}, cgroup v2 ${ground.controlGroups === null ? 'not mounted' : `at ${ground.controlGroups}`}`,
    `privilege   uid ${String(process.getuid?.() ?? '?')}, helper ${status.helper}`,
    status.poll === null
      ? 'snapshot    none could be taken'
      : `snapshot    ${String(status.poll.processes)} processes, ${String(status.poll.sockets)} sockets in ${status.poll.tookMs.toFixed(1)} ms, by ${status.poll.source === 'iter' ? "the kernel's iterators" : 'sock_diag and /proc'}`,
    '',
  ];
  for (const fact of neededFacts) {
    const reports = status.hooks.filter((report) => report.fact === fact);
    const used = reports.filter(({ state }) => state === 'attached').map(({ hook }) => hook);
    const told = used.length === 0 ? paint('warn', costOf(fact)) : paint('good', used.join(', '));
    lines.push(`${paint('strong', fact.padEnd(11))} ${told}`);
    for (const { hook, state, reason } of reports) {
      if (state === 'attached') continue;
      const [mark, style] = marks[state];
      const why = state === 'unused' ? 'not needed' : printable(reason ?? 'no reason given');
      lines.push(`            ${paint(style, mark)} ${hook}: ${paint('quiet', why)}`);
    }
  }
  const missing = missingFacts(status.hooks).length;
  lines.push(
    '',
    `${String(neededFacts.length - missing)} of ${String(neededFacts.length)} facts are told by a hook`,
  );
  return lines.join('\n');
};

/** What can be seen here, by which hook, what not, and how to mend it. */
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
    if (status.poll === null && hookOf(status.hooks, 'bound') === undefined) {
      throw new CommandFailure(FAILURE, 'Nothing can be seen: neither hooks nor snapshots work here.');
    }
  } finally {
    pipeline.close();
  }
};

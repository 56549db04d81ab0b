// The matcher by itself: all criteria against all processes anew, a preview while typing, and what one evaluation leaves for the collector.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Criterion, ProcessInfo, Selectors, WallNs } from '../contract/index.js';
import { noSelectors, processKey } from '../contract/index.js';
import { CompiledCriterion } from '../discovery/matcher/compiled-criterion.js';
import type { Subject } from '../discovery/matcher/matcher.js';
import { Matcher } from '../discovery/matcher/matcher.js';
import { Look } from '../discovery/matcher/subject.js';
import { machine, report } from './support/report.js';
import { amount, ratio, spread } from './support/stats.js';

const OWN_NAMESPACE = 4_026_531_840;
const PROGRAMS = ['node', 'python3', 'java', 'nginx', 'postgres', 'redis-server', 'sshd', 'bash'] as const;
const LANGUAGES = ['nodejs', 'python', 'java', 'cpp', 'go', 'rust'] as const;

const at = <Value>(list: readonly Value[], index: number): Value => list[index % list.length] as Value;

/** A process like those of a busy machine: 400 executables, one in four has ports open, one in ten many. */
const subjectOf = (index: number): Subject => {
  const executable = `/opt/service-${String(index % 50)}/bin/${at(PROGRAMS, index)}`;
  const args = [executable, '--config', `/etc/service-${String(index % 50)}.yaml`, '--verbose'];
  const count = index % 4 !== 0 ? 0 : index % 10 === 0 ? 16 : 2;
  const ports = Array.from({ length: count }, (_, port) => 1024 + ((index * 37 + port * 101) % 60_000)).sort(
    (left, right) => left - right,
  );
  const startTime = BigInt(index) as ProcessInfo['startTime'];
  const info: ProcessInfo = {
    key: processKey(index + 1, startTime),
    pid: (index + 1) as ProcessInfo['pid'],
    parentPid: 1 as ProcessInfo['parentPid'],
    startTime,
    startedAt: startTime as bigint as ProcessInfo['startedAt'],
    uid: index % 20,
    userName: `user-${String(index % 20)}`,
    name: at(PROGRAMS, index).slice(0, 15),
    executable,
    executableFile: { device: 8, inode: BigInt(index % 400) },
    executableType: { language: at(LANGUAGES, index), version: null, reason: '' },
    placement: { cgroup: '/', unit: `service-${String(index % 50)}.service`, container: null },
    args,
    argsLength: args.join(' ').length + 1,
    cgroupId: BigInt(index % 50),
    networkNamespace: index % 5 === 0 ? OWN_NAMESPACE + 1 : OWN_NAMESPACE,
  };
  return {
    key: info.key,
    info,
    openPorts: () => ports,
    localPorts: () => ports.map((port) => ({ port, transport: 'tcp', state: 'listening' })),
  };
};

const selectorsOf = (index: number): Partial<Selectors> => {
  const service = String(index % 60);
  const program = at(PROGRAMS, index);
  const first = 1024 + ((index * 61) % 60_000);
  const openPorts = `${String(first)},${String(first + 7)}-${String(first + 9)}`;
  switch (index % 10) {
    case 0:
    case 1:
    case 2:
    case 3:
      return { openPorts };
    case 4:
    case 5:
      return { openPorts, executable: { syntax: 'regex', text: `/${program}$` } };
    case 6:
      return { executable: { syntax: 'regex', text: `^/srv/(app|web)-${service}/.*${program}` } };
    case 7:
      return { executable: { syntax: 'glob', text: `/usr/*/service-${service}/{bin,sbin}/*` } };
    case 8:
      return {
        languages: { syntax: 'glob', text: `{${at(LANGUAGES, index)},ruby}` },
        user: { syntax: 'glob', text: `owner-${service}` },
      };
    default:
      return {
        unit: { syntax: 'glob', text: `other-${service}.*` },
        args: { syntax: 'regex', text: `--port=${service}` },
      };
  }
};

/** One in fifty is an exclusion. */
const criterionOf = (index: number): Criterion => ({
  id: `c${String(index)}` as Criterion['id'],
  name: `criterion ${String(index)}`,
  namespace: null,
  enabled: true,
  exclude: index % 50 === 9,
  selectors: { ...noSelectors, ...selectorsOf(index) },
  kept: {},
});

const timed = (task: () => unknown): number => {
  const started = process.hrtime.bigint();
  task();
  return Number(process.hrtime.bigint() - started) / 1e6;
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that one call of the task leaves on the heap, the median of many small batches. */
const allocated = (calls: number, task: (index: number) => unknown): number => {
  const batches: number[] = [];
  for (let batch = 0; batch < 40; batch += 1) {
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < calls; index += 1) task(batch * calls + index);
    batches.push((process.memoryUsage().heapUsed - before) / calls);
  }
  return batches.sort((left, right) => left - right)[batches.length >> 1] ?? Number.NaN;
};

const rules = { ownNetworkNamespace: OWN_NAMESPACE, countPortsAsBeyla: false };
const subjects = Array.from({ length: 10_000 }, (_, index) => subjectOf(index));
const criteria = Array.from({ length: 1000 }, (_, index) => criterionOf(index));
const compiled = criteria.map((criterion) => {
  const result = CompiledCriterion.compile(criterion);
  if (Array.isArray(result)) throw new Error(JSON.stringify(result));
  return result;
});

const compileTimes: number[] = [];
const firstTimes: number[] = [];
const againTimes: number[] = [];
let matched = 0;
for (let round = 0; round < 5; round += 1) {
  const matcher = new Matcher(rules);
  compileTimes.push(
    timed(() => {
      matcher.configure(criteria);
    }),
  );
  firstTimes.push(timed(() => matcher.reevaluate(subjects, 1n as WallNs)));
  againTimes.push(timed(() => matcher.reevaluate(subjects, 2n as WallNs)));
  matched = [...matcher.matches()].length;
}

// With words, each tenth process: what matching costs when every condition is worded.
const wordedTimes: number[] = [];
const wordlessTimes: number[] = [];
const some = subjects.filter((_, index) => index % 10 === 0);
for (let round = 0; round < 5; round += 1) {
  const each = (evaluate: (criterion: CompiledCriterion, look: Look) => unknown): number =>
    timed(() => {
      for (const subject of some) {
        const look = new Look(subject, rules);
        for (const criterion of compiled) evaluate(criterion, look);
      }
    });
  wordlessTimes.push(each((criterion, look) => criterion.judge(look)));
  wordedTimes.push(each((criterion, look) => criterion.evaluate(look)));
}

report(`Matcher: 1,000 criteria against 10,000 processes (${machine()})`, [
  { what: 'criteria compiled', result: spread(compileTimes, 'ms'), target: '' },
  { what: 'every process, criteria new', result: spread(firstTimes, 'ms'), target: '' },
  { what: 'every process again', result: spread(againTimes, 'ms'), target: '' },
  {
    what: 'one criterion, one process',
    result: spread(
      firstTimes.map((ms) => (ms * 1e6) / 1e7),
      'ns',
    ),
    target: '',
  },
  { what: 'faster than with words', result: ratio(wordedTimes, wordlessTimes), target: '' },
  { what: 'processes matched', result: String(matched), target: '' },
]);

const look = new Look(subjectOf(0), rules);
report('Allocation', [
  {
    what: 'one evaluation without words',
    result: amount(
      allocated(20_000, (index) => at(compiled, index).judge(look)),
      'bytes',
    ),
    target: '0 bytes',
  },
  {
    what: 'one evaluation with words',
    result: amount(
      allocated(1000, (index) => at(compiled, index).evaluate(look)),
      'bytes',
    ),
    target: '',
  },
]);

const previewTimes = (draft: Criterion, count: number): number[] => {
  const matcher = new Matcher(rules);
  matcher.configure(criteria);
  const living = subjects.slice(0, count);
  matcher.reevaluate(living, 1n as WallNs);
  return Array.from({ length: 15 }, (_, round) => {
    // A pattern that was never asked before, as every keystroke makes one.
    const { text = 'x', syntax = 'regex' } = draft.selectors.executable ?? {};
    const executable =
      draft.selectors.executable === null ? null : { syntax, text: `${text}${'?'.repeat(round % 2)}` };
    return timed(() => matcher.preview({ ...draft, selectors: { ...draft.selectors, executable } }, living));
  });
};
const draftOf = (selectors: Partial<Selectors>): Criterion => ({
  ...criterionOf(0),
  id: 'draft' as Criterion['id'],
  selectors: { ...noSelectors, ...selectors },
});

report(
  'Preview of a criterion on 5,000 processes, with 1,000 in force',
  [
    ['ports', draftOf({ openPorts: '1024-9999' })] as const,
    [
      'executable, regular expression',
      draftOf({ executable: { syntax: 'regex', text: 'service-1.*node' } }),
    ] as const,
    [
      'executable, glob',
      draftOf({ executable: { syntax: 'glob', text: '/opt/*/bin/{node,java}' } }),
    ] as const,
    ['arguments', draftOf({ args: { syntax: 'regex', text: '--config .*-7\\.yaml' } })] as const,
    ['everything', draftOf({ everything: true })] as const,
  ].map(([what, draft]) => {
    const times = previewTimes(draft, 5000);
    return { what, result: spread(times, 'ms'), target: '≤ 50 ms' };
  }),
);

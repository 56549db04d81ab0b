import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Criterion, ExecutableType, Placement, ProcessInfo, Selectors } from '../../contract/index.js';
import { isKubernetesKey, parsePortRanges } from '../../contract/index.js';
import { NOT_LOOKED_AT } from '../condition-text.js';
import type { LocalPort } from '../local-port.js';
import { FakeSubject } from '../testing/fake-subject.js';
import { NETNS } from '../testing/scripted-kernel.js';
import { CompiledCriterion } from './compiled-criterion.js';
import type { SubjectChange } from './matcher.js';
import { Matcher } from './matcher.js';
import { Look } from './subject.js';

/** What a condition is, read word by word from the rules: true, false, or null: not known yet. */
type Truth = boolean | null;

interface World {
  readonly info: ProcessInfo;
  readonly ports: readonly LocalPort[];
  readonly asBeyla: boolean;
}

/** Texts and the few patterns over them of which anybody can tell at a glance what they fit. */
const looksLike = (pattern: NonNullable<Selectors['executable']>, text: string): boolean => {
  const word = pattern.text.replaceAll('*', '');
  if (pattern.syntax === 'regex') return text.includes(word);
  if (pattern.text === '*') return true;
  return pattern.text.startsWith('*') ? text.endsWith(word) : text === word;
};

const and = (truths: readonly Truth[]): Truth => {
  if (truths.includes(false)) return false;
  return truths.includes(null) ? null : true;
};

const reference = (criterion: Criterion, world: World, portsHeld = false): Truth => {
  const { info } = world;
  const wanted = criterion.selectors;
  const truths: Truth[] = [];
  if (wanted.openPorts !== null) {
    const parsed = parsePortRanges(wanted.openPorts);
    const open = world.ports.filter(
      ({ transport, state }) =>
        world.asBeyla || state === 'listening' || (transport === 'udp' && state === 'bound'),
    );
    truths.push(
      portsHeld ||
        (parsed.ok &&
          open.some(({ port }) => parsed.ranges.some(({ first, last }) => port >= first && port <= last))),
    );
  }
  if (wanted.executable !== null) {
    truths.push(info.executable !== null && looksLike(wanted.executable, info.executable));
  }
  if (wanted.args !== null) truths.push(looksLike(wanted.args, info.args.slice(1).join(' ')));
  if (wanted.languages !== null) {
    if (info.executable === null) truths.push(false);
    else if (info.executableType === null) truths.push(null);
    else truths.push(looksLike(wanted.languages, info.executableType.language));
  }
  if (wanted.pids !== null) truths.push(wanted.pids.includes(info.pid));
  if (wanted.containersOnly) truths.push(info.networkNamespace !== 0 && info.networkNamespace !== NETNS);
  if (wanted.containerName !== null) {
    const name = info.placement?.container?.name ?? null;
    truths.push(info.placement === null ? null : name !== null && looksLike(wanted.containerName, name));
  }
  if (wanted.user !== null) {
    const names = [String(info.uid), ...(info.userName === null ? [] : [info.userName])];
    truths.push(names.some((name) => wanted.user !== null && looksLike(wanted.user, name)));
  }
  if (wanted.unit !== null) {
    const unit = info.placement?.unit ?? null;
    truths.push(info.placement === null ? null : unit !== null && looksLike(wanted.unit, unit));
  }
  if (wanted.networkNamespace === 'own') truths.push(info.networkNamespace === NETNS);
  else if (wanted.networkNamespace === 'other') {
    truths.push(info.networkNamespace !== 0 && info.networkNamespace !== NETNS);
  } else if (wanted.networkNamespace !== null) {
    truths.push(info.networkNamespace === wanted.networkNamespace);
  }
  if (Object.keys(criterion.kept).some(isKubernetesKey)) truths.push(false);
  return and(truths);
};

/** Who selects the process; null: not known yet; undefined: nobody. */
const winner = (
  criteria: readonly Criterion[],
  truth: (criterion: Criterion) => Truth,
): string | null | undefined => {
  const enabled = criteria.filter((criterion) => criterion.enabled);
  const exclusions = enabled.filter(({ exclude }) => exclude).map(truth);
  if (exclusions.includes(true)) return undefined;
  const first = enabled.find((criterion) => !criterion.exclude && truth(criterion) !== false);
  if (first === undefined) return undefined;
  return exclusions.includes(null) || truth(first) === null ? null : first.id;
};

const pattern = (...words: string[]): fc.Arbitrary<NonNullable<Selectors['executable']>> =>
  fc
    .tuple(fc.constantFrom(...words), fc.constantFrom('regex', 'glob', '*glob', '*'))
    .map(([word, syntax]) => {
      if (syntax === 'regex') return { syntax, text: word };
      return { syntax: 'glob', text: syntax === '*' ? '*' : syntax === '*glob' ? `*${word}` : word };
    });
/** Mostly not asked, so that some criteria hold. */
const rarely = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.option(value, { freq: 2 });

const selectors: fc.Arbitrary<Selectors> = fc.record({
  openPorts: rarely(fc.constantFrom('80', '80-90,443', '8000-8999', '1-65535', '41000-42000')),
  executable: rarely(pattern('node', '/usr/bin/node', 'python')),
  args: rarely(pattern('server', '--x server', 'main')),
  languages: rarely(pattern('go', 'nodejs')),
  pids: rarely(fc.constantFrom([1], [2, 3], [1, 4])),
  containersOnly: fc.integer({ min: 0, max: 4 }).map((number) => number === 0),
  containerName: rarely(pattern('web', 'db')),
  user: rarely(pattern('root', '0', '33')),
  unit: rarely(pattern('a.service', 'service')),
  networkNamespace: rarely(fc.constantFrom('own' as const, 'other' as const, 5)),
  // Always, so that each asks something; alone it holds for every process.
  everything: fc.constant(true),
});

const criteriaOf = fc
  .array(
    fc.record({
      namespace: fc.constant(null),
      enabled: fc.boolean(),
      exclude: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
      selectors,
      kept: fc.constantFrom<Criterion['kept']>({}, {}, {}, { k8s_pod: 'x' }, { routes: 'x' }),
    }),
    { maxLength: 6 },
  )
  .map((list) =>
    list.map((criterion, index): Criterion => {
      const name = `c${String(index)}`;
      return { ...criterion, id: name as Criterion['id'], name };
    }),
  );

const typeOf = (language: ExecutableType['language']): ExecutableType => ({
  language,
  version: null,
  reason: '',
});
const types = fc.constantFrom(typeOf('go'), typeOf('nodejs'), typeOf('unknown'));
const placements = fc.constantFrom<Placement[]>(
  { cgroup: '/', unit: null, container: null },
  { cgroup: '/a', unit: 'a.service', container: null },
  { cgroup: '/b', unit: 'b.scope', container: { id: '1', runtime: 'docker', name: 'web', image: null } },
  { cgroup: '/c', unit: null, container: { id: '2', runtime: 'docker', name: null, image: null } },
);
const localPorts = fc.array(
  fc.record({
    port: fc.constantFrom(22, 80, 443, 8080, 41_234),
    transport: fc.constantFrom('tcp' as const, 'udp' as const),
    state: fc.constantFrom('listening' as const, 'bound' as const, 'connected' as const),
  }),
  { maxLength: 4 },
);

const processOf = (late: 'known' | 'maybe'): fc.Arbitrary<FakeSubject> =>
  fc
    .record({
      pid: fc.integer({ min: 1, max: 4 }),
      executable: fc.constantFrom('/usr/bin/node', '/usr/bin/python3', '/bin/a', null),
      args: fc.constantFrom<string[][]>(['a'], ['a', '--x', 'server'], ['a', 'main']),
      executableType: late === 'known' ? types : fc.option(types),
      placement: late === 'known' ? placements : fc.option(placements),
      uid: fc.constantFrom(0, 33),
      userName: fc.constantFrom('root', 'www-data', null),
      networkNamespace: fc.constantFrom(NETNS, 5, 0),
      ports: localPorts,
    })
    .map(({ pid, executable, ports, ...info }) => {
      const subject = new FakeSubject(pid, executable, [], info);
      subject.sockets = ports;
      return subject;
    });

const worldOf = (subject: FakeSubject, asBeyla: boolean): World => ({
  info: subject.info,
  ports: subject.sockets,
  asBeyla,
});

const change = (
  process: FakeSubject,
  kind: SubjectChange['kind'],
  executableChanged = false,
): SubjectChange => ({ kind, process, executableChanged, time: 1n as never, source: 'ebpf', hook: null });

// Many runs, on a machine that may be busy.
describe('the matcher, for any criteria and any process', { timeout: 30_000 }, () => {
  it('agrees with a naive reference on who selects a process that appears', () => {
    fc.assert(
      fc.property(criteriaOf, processOf('maybe'), fc.boolean(), (criteria, subject, asBeyla) => {
        const matcher = new Matcher({ ownNetworkNamespace: NETNS, countPortsAsBeyla: asBeyla });
        matcher.configure(criteria);
        expect(matcher.problems).toEqual([]);
        matcher.apply(change(subject, 'created'));
        const world = worldOf(subject, asBeyla);
        const expected = winner(criteria, (criterion) => reference(criterion, world)) ?? undefined;
        expect(matcher.matchOf(subject.key)?.evaluation.criterionId).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('agrees with a naive reference on who selects it through all that happens to it', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('ports' as const), ports: localPorts }),
      fc.record({
        kind: fc.constant('exec' as const),
        executable: fc.constantFrom('/usr/bin/node', '/bin/b'),
        executableType: types,
      }),
      fc.record({ kind: fc.constant('placement' as const), placement: placements }),
      fc.record({ kind: fc.constant('deleted' as const) }),
    );
    fc.assert(
      fc.property(
        criteriaOf,
        processOf('known'),
        fc.array(step, { maxLength: 6 }),
        (criteria, subject, steps) => {
          const matcher = new Matcher({ ownNetworkNamespace: NETNS, countPortsAsBeyla: false });
          matcher.configure(criteria);
          let by: string | undefined;
          const decide = (): void => {
            const world = worldOf(subject, false);
            by =
              winner(criteria, (criterion) => reference(criterion, world, criterion.id === by)) ?? undefined;
          };
          const told: string[] = [];
          const record = (drafts: ReturnType<Matcher['apply']>): void => {
            for (const draft of drafts) told.push(draft.name);
          };
          record(matcher.apply(change(subject, 'created')));
          decide();
          for (const next of steps) {
            switch (next.kind) {
              case 'ports':
                subject.sockets = next.ports;
                record(matcher.apply(change(subject, 'changed')));
                if (by === undefined) decide();
                break;
              case 'exec':
                subject.update({ executable: next.executable, executableType: next.executableType });
                record(matcher.apply(change(subject, 'changed', true)));
                decide();
                break;
              case 'placement': {
                const isNew = subject.info.placement !== next.placement;
                subject.update({ placement: next.placement });
                record(matcher.apply(change(subject, 'changed')));
                const world = worldOf(subject, false);
                const excluded = criteria.some(
                  (criterion) =>
                    criterion.enabled && criterion.exclude && reference(criterion, world) === true,
                );
                if (by === undefined) decide();
                else if (isNew && excluded) by = undefined;
                break;
              }
              case 'deleted':
                record(matcher.apply(change(subject, 'deleted')));
                by = undefined;
            }
            expect(matcher.matchOf(subject.key)?.evaluation.criterionId).toBe(by);
          }
          // One starts before one ends, and none twice.
          const matched = told.filter((_, index) => index % 2 === 0);
          const ended = told.filter((_, index) => index % 2 === 1);
          expect(matched.every((name) => name === 'match.started')).toBe(true);
          expect(ended.every((name) => name === 'match.ended')).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('judges without words as it does with them', () => {
    fc.assert(
      fc.property(criteriaOf, processOf('maybe'), fc.boolean(), (criteria, subject, countPortsAsBeyla) => {
        for (const criterion of criteria) {
          const compiled = CompiledCriterion.compile(criterion);
          if (Array.isArray(compiled)) throw new Error('it does not compile');
          const look = new Look(subject, { ownNetworkNamespace: NETNS, countPortsAsBeyla });
          const judgement = compiled.judge(look);
          const { held, conditions } = compiled.evaluate(look);
          expect(held).toBe(judgement === 'held');
          const open = conditions.filter((condition) => !condition.held);
          const waiting = open.filter(({ seen }) => seen === NOT_LOOKED_AT);
          expect(judgement === 'undecided').toBe(open.length > 0 && waiting.length === open.length);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('explains what it does: the verdict names the match, and every criterion in force in order', () => {
    fc.assert(
      fc.property(criteriaOf, processOf('maybe'), (criteria, subject) => {
        const matcher = new Matcher({ ownNetworkNamespace: NETNS, countPortsAsBeyla: false });
        matcher.configure(criteria);
        matcher.apply(change(subject, 'created'));
        const verdict = matcher.explain(subject);
        const enabled = criteria.filter((criterion) => criterion.enabled);
        expect(verdict.evaluations.map(({ criterionId }) => criterionId)).toEqual(
          enabled.map(({ id }) => id),
        );
        expect(verdict.selectedBy).toBe(matcher.matchOf(subject.key)?.evaluation.criterionId ?? null);
        if (verdict.excludedBy !== null) expect(verdict.selectedBy).toBeNull();
        expect(verdict.summary).toMatch(/\.$/);
        expect(verdict.summary.startsWith('Selected by')).toBe(verdict.selectedBy !== null);
      }),
      { numRuns: 1000 },
    );
  });

  it('a preview counts what the criterion would select alone', () => {
    fc.assert(
      fc.property(criteriaOf, fc.array(processOf('known'), { maxLength: 8 }), (criteria, subjects) => {
        const matcher = new Matcher({ ownNetworkNamespace: NETNS, countPortsAsBeyla: false });
        matcher.configure(criteria);
        for (const draft of criteria) {
          const alone = subjects.filter((subject) => reference(draft, worldOf(subject, false)) === true);
          const found = matcher.preview(draft, subjects);
          expect(found.count).toBe(alone.length);
          expect(found.taken).toBeLessThanOrEqual(found.count);
          expect(found.examples).toHaveLength(found.count);
        }
      }),
      { numRuns: 300 },
    );
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { Criterion } from '../../contract/index.js';
import { briefMatches as brief, FakeSubject } from '../testing/fake-subject.js';
import { criterion } from '../testing/scenario.js';
import { NETNS } from '../testing/scripted-kernel.js';
import type { Subject, SubjectChange } from './matcher.js';
import { Matcher } from './matcher.js';

const change = (
  process: Subject,
  kind: SubjectChange['kind'] = 'created',
  executableChanged = false,
): SubjectChange => ({ kind, process, executableChanged, time: 1n as never, source: 'ebpf', hook: null });

describe('the matcher', () => {
  let matcher: Matcher;
  const configure = (...criteria: Criterion[]): void => {
    matcher.configure(criteria);
  };

  beforeEach(() => {
    matcher = new Matcher({ ownNetworkNamespace: NETNS, countPortsAsBeyla: false });
  });

  it('first criterion in order that matches wins', () => {
    configure(criterion('80', null, { name: 'a' }), criterion('80-90', null, { name: 'b' }));
    expect(brief(matcher.apply(change(new FakeSubject(1, '/x', [85, 80]))))).toEqual(['started a']);
    expect(brief(matcher.apply(change(new FakeSubject(2, '/x', [85]))))).toEqual(['started b']);
  });

  it('inside a criterion everything set must hold (path AND any port)', () => {
    configure(criterion('80-90', 'node'));
    expect(matcher.apply(change(new FakeSubject(1, '/usr/bin/python3', [80])))).toEqual([]);
    expect(matcher.apply(change(new FakeSubject(2, '/usr/bin/node', [443])))).toEqual([]);
    expect(brief(matcher.apply(change(new FakeSubject(3, '/usr/bin/node', [443, 85]))))).toEqual([
      'started web',
    ]);
  });

  it('created: already matched PID → ignored', () => {
    configure(criterion('80', null, { name: 'a' }), criterion('81', null, { name: 'b' }));
    const subject = new FakeSubject(1, '/x', [81]);
    matcher.apply(change(subject));
    subject.ports = [80, 81];
    expect(matcher.apply(change(subject, 'changed'))).toEqual([]);
    expect(matcher.matchOf(subject.key)?.evaluation.criterionName).toBe('b');
  });

  it('deleted: forwarded only for PIDs that had matched', () => {
    configure(criterion('80'));
    const subject = new FakeSubject(1, '/x', [80]);
    matcher.apply(change(subject));
    expect(brief(matcher.apply(change(subject, 'deleted')))).toEqual(['ended web: process deleted']);
    expect(matcher.apply(change(subject, 'deleted'))).toEqual([]);
    expect(matcher.apply(change(new FakeSubject(2, '/x', []), 'deleted'))).toEqual([]);
  });

  it('exec re-evaluates: another criterion takes over, or none', () => {
    configure(criterion(null, 'node', { name: 'js' }), criterion(null, 'python', { name: 'py' }));
    const subject = new FakeSubject(1, '/usr/bin/node', []);
    matcher.apply(change(subject));
    subject.executable = '/usr/bin/python3';
    expect(brief(matcher.apply(change(subject, 'changed', true)))).toEqual([
      'ended js: executable changed',
      'started py',
    ]);
    subject.executable = '/bin/true';
    expect(brief(matcher.apply(change(subject, 'changed', true)))).toEqual(['ended py: executable changed']);
  });

  it('criteria changed: everything is evaluated anew, what still holds goes on', () => {
    configure(criterion('80', null, { id: 'a', name: 'a' }));
    const [one, two] = [new FakeSubject(1, '/x', [80]), new FakeSubject(2, '/x', [90])];
    matcher.apply(change(one));
    configure(criterion('80-90', null, { id: 'a', name: 'renamed' }));
    expect(brief(matcher.reevaluate([one, two], 5n as never))).toEqual(['started renamed']);
    expect(matcher.matchOf(one.key)).toMatchObject({ since: 1n, evaluation: { criterionName: 'renamed' } });
    configure(criterion('1', null, { id: 'a', name: 'renamed' }));
    expect(brief(matcher.reevaluate([one, two], 6n as never))).toEqual([
      'ended renamed: criteria changed',
      'ended renamed: criteria changed',
    ]);
  });

  it('criteria changed: a match by a port that has closed goes on only while its criterion asks the same', () => {
    const subject = new FakeSubject(1, '/x', [80]);
    configure(criterion('80', null, { id: 'a' }));
    matcher.apply(change(subject));
    subject.ports = [];
    configure(criterion('80', null, { id: 'a' }), criterion('22', null, { id: 'b' }));
    expect(matcher.reevaluate([subject], 5n as never)).toEqual([]);
    configure(criterion('79-80', null, { id: 'a' }));
    expect(brief(matcher.reevaluate([subject], 6n as never))).toEqual(['ended web: criteria changed']);
  });

  it('order and enablement decide: a reordered, disabled or deleted criterion lets go', () => {
    const subject = new FakeSubject(1, '/x', [80]);
    const [a, b] = [criterion('80', null, { name: 'a' }), criterion('80', null, { name: 'b' })];
    configure(a, b);
    matcher.apply(change(subject));
    configure(b, a);
    expect(brief(matcher.reevaluate([subject], 2n as never))).toEqual([
      'ended a: criteria changed',
      'started b',
    ]);
    configure({ ...b, enabled: false }, a);
    expect(brief(matcher.reevaluate([subject], 3n as never))).toEqual([
      'ended b: criteria changed',
      'started a',
    ]);
    configure();
    expect(brief(matcher.reevaluate([subject], 4n as never))).toEqual(['ended a: criteria changed']);
  });

  it('an invalid criterion is a problem at its field; its last valid version stays in force', () => {
    configure(criterion('80', 'node', { id: 'a' }));
    configure(criterion('80-', '(', { id: 'a' }));
    expect(matcher.problems).toMatchObject([
      { criterionId: 'a', field: 'openPorts', position: 3 },
      { criterionId: 'a', field: 'executable', position: null },
    ]);
    expect(matcher.inForce).toMatchObject([{ selectors: { openPorts: '80', executable: { text: 'node' } } }]);
    expect(brief(matcher.apply(change(new FakeSubject(1, '/node', [80]))))).toEqual(['started web']);
    configure(criterion('81', null, { id: 'a' }));
    expect(matcher.problems).toEqual([]);
    expect(matcher.inForce).toMatchObject([{ selectors: { openPorts: '81' } }]);
  });

  it('an invalid criterion that was never valid is not in force', () => {
    configure(criterion('x', null, { id: 'a' }), criterion('80', null, { id: 'b', name: 'b' }));
    expect(matcher.inForce.map(({ id }) => id)).toEqual(['b']);
    expect(brief(matcher.apply(change(new FakeSubject(1, '/x', [80]))))).toEqual(['started b']);
  });

  it('a deleted criterion leaves no valid version behind', () => {
    configure(criterion('80', null, { id: 'a' }));
    configure();
    configure(criterion('x', null, { id: 'a' }));
    expect(matcher.inForce).toEqual([]);
  });

  it('knows which ports are worth a look, and which failed bind would have been selected', () => {
    configure(
      criterion('80', null, { name: 'off', enabled: false }),
      criterion('8000-8999', 'node'),
      criterion(null, 'x'),
    );
    expect([80, 8000, 8999, 9000].map((port) => matcher.isInteresting(port))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    const would = (executable: string | null, port: number, others: number[] = []): string | null =>
      matcher.wouldSelect(new FakeSubject(1, executable).info, others, port)?.name ?? null;
    expect(would('/usr/bin/node', 8080)).toBe('web');
    expect(would('/usr/bin/ruby', 8080)).toBeNull();
    expect(would(null, 8080)).toBeNull();
    expect(would('/usr/bin/node', 1, [8080])).toBeNull();
    configure(criterion('8000-8999', 'node'), criterion('22', null, { name: 'ssh', exclude: true }));
    expect(would('/usr/bin/node', 8080, [22])).toBeNull();
  });

  it('tells conditions in words, and not more ports than one can read', () => {
    configure(criterion('7', 'node'));
    const many = Array.from({ length: 40 }, (_, index) => 1000 + index);
    expect(matcher.explain(new FakeSubject(1, null, many)).evaluations[0]?.conditions).toEqual([
      {
        selector: 'open_ports',
        wanted: '7',
        seen: '1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011 and 28 more',
        held: false,
        parts: many
          .slice(0, 12)
          .map((port) => ({ seen: `${String(port)} listening`, held: false, note: null })),
      },
      {
        selector: 'exe_path',
        wanted: 'node',
        seen: 'unreadable: needs full visibility',
        held: false,
        undecided: true,
        parts: [],
      },
    ]);
    expect(matcher.explain(new FakeSubject(1, '/x', [])).evaluations[0]?.conditions[0]?.seen).toBe(
      'no open port',
    );
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { Criterion, ExecutableType, Placement, Selectors } from '../../contract/index.js';
import { briefMatches as brief, FakeSubject } from '../testing/fake-subject.js';
import { criterion } from '../testing/scenario.js';
import { NETNS } from '../testing/scripted-kernel.js';
import type { SubjectChange } from './matcher.js';
import { Matcher } from './matcher.js';

const change = (
  process: FakeSubject,
  kind: SubjectChange['kind'] = 'changed',
  executableChanged = false,
): SubjectChange => ({ kind, process, executableChanged, time: 1n as never, source: 'ebpf', hook: null });

const named = (name: string, selectors: Partial<Selectors>, exclude = false): Criterion =>
  criterion(null, null, { name, exclude, selectors });
const speaks = (language: string): Partial<Selectors> => ({
  languages: { syntax: 'glob', text: language },
});
const unit = (text: string): Partial<Selectors> => ({ unit: { syntax: 'glob', text } });

const type = (language: ExecutableType['language']): ExecutableType => ({
  language,
  version: null,
  reason: 'by its file',
});
const inUnit = (name: string | null): Placement => ({ cgroup: '/x', unit: name, container: null });

let matcher: Matcher;
beforeEach(() => {
  matcher = new Matcher({ ownNetworkNamespace: NETNS, countPortsAsBeyla: false });
});

const apply = (subject: FakeSubject, kind?: SubjectChange['kind'], executableChanged?: boolean): string[] =>
  brief(matcher.apply(change(subject, kind, executableChanged)));

describe('an exclusion beats every inclusion', () => {
  const web = criterion('8000-8999', null, { name: 'web' });
  const ours = named('ours', { executable: { syntax: 'glob', text: '/opt/ours/*' } }, true);

  it.each([
    ['before', [ours, web]],
    ['behind', [web, ours]],
  ])('standing %s it', (_where, criteria) => {
    matcher.configure(criteria);
    expect(apply(new FakeSubject(1, '/opt/ours/a', [8080]))).toEqual([]);
    expect(apply(new FakeSubject(2, '/usr/bin/node', [8080]))).toEqual(['started web']);
  });

  it('only exclusions select nothing', () => {
    matcher.configure([ours]);
    expect(apply(new FakeSubject(1, '/usr/bin/node', [8080]))).toEqual([]);
    expect(apply(new FakeSubject(2, '/opt/ours/a', [8080]))).toEqual([]);
  });

  it('a disabled one does not count', () => {
    matcher.configure([web, { ...ours, enabled: false }]);
    expect(apply(new FakeSubject(1, '/opt/ours/a', [8080]))).toEqual(['started web']);
  });

  it('put into force, it ends what it excludes; taken away, that begins again', () => {
    const subject = new FakeSubject(1, '/opt/ours/a', [8080]);
    matcher.configure([web]);
    apply(subject);
    matcher.configure([web, ours]);
    expect(brief(matcher.reevaluate([subject], 2n as never))).toEqual(['ended web: criteria changed']);
    matcher.configure([web]);
    expect(brief(matcher.reevaluate([subject], 3n as never))).toEqual(['started web']);
  });

  it('by exec into what is excluded the match ends', () => {
    const subject = new FakeSubject(1, '/usr/bin/node', [8080]);
    matcher.configure([web, ours]);
    apply(subject);
    subject.executable = '/opt/ours/a';
    expect(apply(subject, 'changed', true)).toEqual(['ended web: executable changed']);
  });

  it('already matched PID → ignored, also when a port is opened that an exclusion names', () => {
    const subject = new FakeSubject(1, '/x', [8080]);
    matcher.configure([web, criterion('22', null, { name: 'ssh', exclude: true })]);
    apply(subject);
    subject.ports = [22, 8080];
    expect(apply(subject)).toEqual([]);
    expect(matcher.explain(subject)).toMatchObject({
      selectedBy: 'web',
      excludedBy: null,
      summary:
        "Selected by web: port 8080 is in 8000-8999. The exclusion 'ssh' holds now, but a match stays.",
    });
  });
});

describe('a fact that is not there yet', () => {
  it('keeps an inclusion that asks for it from beginning, until it is there', () => {
    matcher.configure([named('go', speaks('go'))]);
    expect(matcher.needs).toEqual({ executableType: true, placement: false });
    const [go, ruby] = [new FakeSubject(1, '/a'), new FakeSubject(2, '/b')];
    expect([apply(go, 'created'), apply(ruby, 'created')]).toEqual([[], []]);
    go.update({ executableType: type('go') });
    ruby.update({ executableType: type('ruby') });
    expect([apply(go), apply(ruby)]).toEqual([['started go'], []]);
  });

  it('keeps a later inclusion from beginning while an earlier one depends on it, so that nothing flickers', () => {
    matcher.configure([named('go', speaks('go')), named('all', { everything: true })]);
    const [go, ruby] = [new FakeSubject(1, '/a'), new FakeSubject(2, '/b')];
    expect([apply(go), apply(ruby)]).toEqual([[], []]);
    go.update({ executableType: type('go') });
    ruby.update({ executableType: type('ruby') });
    expect([apply(go), apply(ruby)]).toEqual([['started go'], ['started all']]);
  });

  it('does not matter where another condition fails anyhow', () => {
    const both = named('go', { ...speaks('go'), openPorts: '1' });
    matcher.configure([both, named('all', { everything: true })]);
    expect(apply(new FakeSubject(1, '/a', [80]))).toEqual(['started all']);
  });

  it('keeps every inclusion from beginning while an exclusion depends on it', () => {
    matcher.configure([named('all', { everything: true }), named('units', unit('*'), true)]);
    const [inside, outside] = [new FakeSubject(1, '/a'), new FakeSubject(2, '/b')];
    expect([apply(inside), apply(outside)]).toEqual([[], []]);
    inside.update({ placement: inUnit('a.service') });
    outside.update({ placement: inUnit(null) });
    expect([apply(inside), apply(outside)]).toEqual([[], ['started all']]);
  });

  it('an inclusion is not waited for where an exclusion holds anyhow', () => {
    const subject = new FakeSubject(1, '/a');
    matcher.configure([named('go', speaks('go')), named('none', { pids: [1] }, true)]);
    expect(apply(subject)).toEqual([]);
    subject.update({ executableType: type('go') });
    expect(apply(subject)).toEqual([]);
  });

  it('that comes later and makes an exclusion hold ends the match', () => {
    const subject = new FakeSubject(1, '/a', [], { placement: inUnit(null) });
    matcher.configure([named('all', { everything: true }), named('units', unit('*.service'), true)]);
    expect(apply(subject)).toEqual(['started all']);
    subject.update({ placement: null });
    expect(apply(subject)).toEqual([]);
    subject.update({ placement: inUnit('user.scope') });
    expect(apply(subject)).toEqual([]);
    subject.update({ placement: inUnit('a.service') });
    expect(apply(subject)).toEqual(['ended all: excluded']);
    expect(apply(subject)).toEqual([]);
  });

  it('after exec: the match goes on until it is known, then it ends or stays without a word', () => {
    const subject = new FakeSubject(1, '/usr/bin/node', [], { executableType: type('nodejs') });
    matcher.configure([named('js', speaks('nodejs')), named('py', speaks('python'))]);
    apply(subject);
    subject.update({ executable: '/opt/node22/node', executableType: null });
    expect(apply(subject, 'changed', true)).toEqual([]);
    subject.update({ executableType: type('nodejs') });
    expect(apply(subject)).toEqual([]);
    expect(matcher.matchOf(subject.key)?.since).toBe(1n);
    subject.update({ executable: '/usr/bin/python3', executableType: null });
    expect(apply(subject, 'changed', true)).toEqual([]);
    subject.update({ executableType: type('python') });
    expect(apply(subject)).toEqual(['ended js: executable changed', 'started py']);
  });

  it('after exec: a match that cannot hold any more ends at once', () => {
    const subject = new FakeSubject(1, '/usr/bin/node', [], { executableType: type('nodejs') });
    const byName = named('node', { executable: { syntax: 'regex', text: 'node' } });
    matcher.configure([byName, named('py', speaks('python'))]);
    apply(subject);
    subject.update({ executable: '/usr/bin/python3', executableType: null });
    expect(apply(subject, 'changed', true)).toEqual(['ended node: executable changed']);
    subject.update({ executableType: type('python') });
    expect(apply(subject)).toEqual(['started py']);
  });

  it('after other criteria: a match goes on until it is known whether the new exclusion holds', () => {
    const subject = new FakeSubject(1, '/a');
    const all = named('all', { everything: true });
    matcher.configure([all]);
    apply(subject);
    matcher.configure([all, named('units', unit('*'), true)]);
    expect(brief(matcher.reevaluate([subject], 2n as never))).toEqual([]);
    subject.update({ placement: inUnit('a.service') });
    expect(apply(subject)).toEqual(['ended all: criteria changed']);
  });

  it('a process that is deleted meanwhile is told deleted only if it had matched', () => {
    matcher.configure([named('go', speaks('go'))]);
    const subject = new FakeSubject(1, '/a');
    apply(subject);
    expect(apply(subject, 'deleted')).toEqual([]);
  });
});

describe('explain', () => {
  const summary = (subject: FakeSubject): string => matcher.explain(subject).summary;

  it('names the winner and by what it won', () => {
    matcher.configure([criterion('80', null, { name: 'first' }), criterion('8000-8999', 'node')]);
    const subject = new FakeSubject(1, '/usr/bin/node', [8080]);
    apply(subject);
    expect(matcher.explain(subject)).toMatchObject({
      selectedBy: 'web',
      excludedBy: null,
      summary: 'Selected by web: port 8080 is in 8000-8999, and executable /usr/bin/node matches node.',
      evaluations: [
        { criterionId: 'first', held: false },
        { criterionId: 'web', held: true },
      ],
    });
  });

  it('names the exclusion that beats the winner', () => {
    matcher.configure([
      criterion('8080', null, { name: 'web' }),
      named('ours', { executable: { syntax: 'regex', text: 'node' } }, true),
    ]);
    const subject = new FakeSubject(1, '/usr/bin/node', [8080]);
    apply(subject);
    expect(matcher.explain(subject)).toMatchObject({ selectedBy: null, excludedBy: 'ours' });
    expect(summary(subject)).toBe("Not selected: web holds, but the exclusion 'ours' beats it.");
  });

  it('names what comes closest where nothing holds', () => {
    matcher.configure([
      criterion('1', 'ruby', { name: 'far' }),
      criterion('8000-8999', 'node', { name: 'web' }),
    ]);
    expect(summary(new FakeSubject(1, '/usr/bin/python3', [8080]))).toBe(
      'No criterion holds; closest is web: port 8080 is in 8000-8999, but executable /usr/bin/python3 does not match node.',
    );
    expect(summary(new FakeSubject(1, '/usr/bin/node', []))).toBe(
      'No criterion holds; closest is web: executable /usr/bin/node matches node, but no open port, wanted 8000-8999.',
    );
  });

  it('says what is waited for', () => {
    matcher.configure([named('go', speaks('go')), named('all', { everything: true })]);
    expect(summary(new FakeSubject(1, '/a'))).toBe(
      'Not selected yet: go is first in order, and it is not known whether it holds: language not looked at yet.',
    );
    matcher.configure([named('all', { everything: true }), named('units', unit('*'), true)]);
    expect(summary(new FakeSubject(1, '/a'))).toBe(
      "Not selected yet: all holds, but it is not known whether the exclusion 'units' does: systemd unit not looked at yet.",
    );
  });

  it('says that a match stays, though an earlier criterion holds now or its own does not', () => {
    matcher.configure([
      criterion('80', null, { name: 'a' }),
      named('b', { user: { syntax: 'glob', text: 'root' } }),
    ]);
    const subject = new FakeSubject(1, '/x', [], { uid: 0, userName: 'root' });
    apply(subject);
    subject.ports = [80];
    expect(summary(subject)).toBe(
      'Selected by b: user root (0) matches root. a stands before it and holds now too, but a match stays.',
    );
    subject.ports = [];
    subject.update({ uid: 33, userName: 'www-data' });
    expect(summary(subject)).toBe('Selected by b; when it matched: user root (0) matches root.');
  });

  it('a port that has closed since is remembered, and said to be closed', () => {
    matcher.configure([criterion('80')]);
    const subject = new FakeSubject(1, '/x', [80, 90]);
    apply(subject);
    subject.ports = [90];
    expect(matcher.explain(subject)).toMatchObject({
      selectedBy: 'web',
      evaluations: [
        {
          held: true,
          conditions: [
            {
              held: true,
              parts: [{ seen: '80 listening', note: 'has closed since; a closed port ends no match' }],
            },
          ],
        },
      ],
    });
  });

  it('says when no criterion is in force, or only exclusions', () => {
    expect(summary(new FakeSubject(1, '/x'))).toBe('No criterion is in force.');
    matcher.configure([named('x', { everything: true }, true)]);
    expect(summary(new FakeSubject(1, '/x'))).toBe(
      'Not selected: only exclusions are in force, and they select nothing.',
    );
  });
});

describe('preview', () => {
  const subjects = Array.from({ length: 30 }, (_, index) => {
    const pid = index + 1;
    return new FakeSubject(pid, pid % 2 === 0 ? '/usr/bin/node' : '/usr/bin/ruby', [8000 + pid]);
  });

  it('tells what a criterion would select if it stood alone, some of it by name, the newest first', () => {
    const found = matcher.preview(criterion(null, 'node'), subjects);
    expect(found).toMatchObject({ problems: [], count: 15, taken: 0 });
    expect(found.examples.map(({ pid }) => pid)).toEqual([
      30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2,
    ]);
    const all = matcher.preview(named('all', { everything: true }), [...subjects].reverse());
    expect(all.count).toBe(30);
    expect(all.examples.map(({ pid }) => pid)).toEqual(Array.from({ length: 20 }, (_, index) => 30 - index));
  });

  it('tells how many an earlier criterion or an exclusion takes from it', () => {
    matcher.configure([
      criterion('8001-8010', null, { name: 'first' }),
      criterion(null, 'node', { name: 'mine' }),
      criterion('8011-8014', null, { name: 'last' }),
      criterion('8020-8024', null, { name: 'not', exclude: true }),
    ]);
    matcher.reevaluate(subjects, 1n as never);
    const counts = (name: string, exclude = false): [number, number] => {
      const { count, taken } = matcher.preview(criterion(null, 'node', { name, exclude }), subjects);
      return [count, taken];
    };
    expect(counts('mine')).toEqual([15, 5 + 3]);
    expect(counts('new')).toEqual([15, 5 + 3 + 7]);
    expect(counts('not')).toEqual([15, 5 + 7]);
    expect(counts('new', true)).toEqual([15, 0]);
  });

  it('with a problem selects nothing', () => {
    expect(matcher.preview(criterion('80-'), subjects)).toEqual({
      problems: [
        { criterionId: 'web', field: 'openPorts', message: 'a port is missing at the end', position: 3 },
      ],
      count: 0,
      taken: 0,
      examples: [],
      missing: { executableType: false, placement: false },
    });
  });

  it('changes nothing that is in force', () => {
    matcher.configure([criterion('80')]);
    matcher.preview(criterion(null, 'node'), subjects);
    expect(matcher.inForce).toMatchObject([{ selectors: { openPorts: '80' } }]);
    expect([...matcher.matches()]).toEqual([]);
  });
});

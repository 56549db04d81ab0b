import { describe, expect, it } from 'vitest';
import type {
  Condition,
  CriterionDraft,
  CriterionProblem,
  Placement,
  ProcessInfo,
  Selectors,
} from '../../contract/index.js';
import { FakeSubject } from '../testing/fake-subject.js';
import { criterion } from '../testing/scenario.js';
import { NETNS } from '../testing/scripted-kernel.js';
import { CompiledCriterion } from './compiled-criterion.js';
import { Look } from './subject.js';

const compiled = (selectors: Partial<Selectors>, kept: CriterionDraft['kept'] = {}): CompiledCriterion => {
  const result = CompiledCriterion.compile({ ...criterion(null, null, { selectors }), kept });
  if (Array.isArray(result)) throw new Error(JSON.stringify(result));
  return result;
};

const rules = { ownNetworkNamespace: NETNS, countPortsAsBeyla: false };
const glob = (text: string): { syntax: 'glob'; text: string } => ({ syntax: 'glob', text });
const regex = (text: string): { syntax: 'regex'; text: string } => ({ syntax: 'regex', text });

/** `held`, `failed` or `undecided`, and what was seen. */
const against = (
  criterion: CompiledCriterion,
  info: Partial<ProcessInfo>,
  executable: string | null = '/usr/bin/node',
): string => {
  const look = new Look(new FakeSubject(7, executable, [], info), rules);
  return `${criterion.judge(look)}: ${criterion.evaluate(look).conditions[0]?.seen ?? ''}`;
};

const placed = (unit: string | null, container: Placement['container'] = null): Placement => ({
  cgroup: '/x',
  unit,
  container,
});

const docker = (name: string | null): Placement['container'] => ({
  id: '0123456789abcdef',
  runtime: 'docker',
  name,
  image: null,
});

const node = { language: 'nodejs' as const, version: '20.1.0', reason: 'the file is named node' };

describe('a selector', () => {
  it.each<[Partial<Selectors>, Partial<ProcessInfo>, string]>([
    [{ executable: regex('node') }, {}, 'held: /usr/bin/node'],
    [{ executable: regex('^node') }, {}, 'failed: /usr/bin/node'],
    [{ executable: glob('*/node') }, {}, 'held: /usr/bin/node'],
    [{ executable: glob('node') }, {}, 'failed: /usr/bin/node'],
    [{ args: regex('server\\.js$') }, { args: ['node', '-x', 'server.js'] }, 'held: -x server.js'],
    [{ args: glob('-x *') }, { args: ['node', '-x', 'server.js'] }, 'held: -x server.js'],
    [{ args: glob('node *') }, { args: ['node', '-x', 'server.js'] }, 'failed: -x server.js'],
    [{ args: regex('node') }, { args: ['node'] }, 'failed: no arguments'],
    [{ args: glob('') }, { args: ['node'] }, 'held: no arguments'],
    [{ languages: glob('{go,nodejs}') }, { executableType: node }, 'held: nodejs'],
    [{ languages: glob('{go,java}') }, { executableType: node }, 'failed: nodejs'],
    [{ languages: glob('go') }, { executableType: null }, 'undecided: not looked at yet'],
    [{ pids: [6, 7] }, {}, 'held: 7'],
    [{ pids: [6, 77] }, {}, 'failed: 7'],
    [{ containersOnly: true }, {}, `failed: ${String(NETNS)}`],
    [{ containersOnly: true }, { networkNamespace: 5 }, 'held: 5'],
    [{ containersOnly: true }, { networkNamespace: 0 }, 'failed: unreadable: needs full visibility'],
    [{ containerName: glob('web*') }, { placement: placed(null, docker('web-1')) }, 'held: web-1'],
    [{ containerName: glob('web*') }, { placement: placed(null, docker('db')) }, 'failed: db'],
    [{ containerName: glob('web*') }, { placement: placed('a.service') }, 'failed: none'],
    [
      { containerName: glob('*') },
      { placement: placed(null, docker(null)) },
      'failed: 0123456789ab (its name could not be asked for)',
    ],
    [{ containerName: glob('*') }, { placement: null }, 'undecided: not looked at yet'],
    [{ user: glob('www-*') }, { uid: 33, userName: 'www-data' }, 'held: www-data (33)'],
    [{ user: glob('33') }, { uid: 33, userName: 'www-data' }, 'held: www-data (33)'],
    [{ user: regex('^3') }, { uid: 33, userName: null }, 'held: 33'],
    [{ user: regex('^root$') }, { uid: 33, userName: 'www-data' }, 'failed: www-data (33)'],
    [{ unit: glob('nginx.*') }, { placement: placed('nginx.service') }, 'held: nginx.service'],
    [{ unit: glob('nginx.*') }, { placement: placed('ssh.service') }, 'failed: ssh.service'],
    [{ unit: glob('*') }, { placement: placed(null) }, 'failed: none'],
    [{ unit: glob('*') }, { placement: null }, 'undecided: not looked at yet'],
    [{ networkNamespace: 'own' }, {}, `held: ${String(NETNS)}`],
    [{ networkNamespace: 'own' }, { networkNamespace: 5 }, 'failed: 5'],
    [{ networkNamespace: 'own' }, { networkNamespace: 0 }, 'failed: unreadable: needs full visibility'],
    [{ networkNamespace: 'other' }, { networkNamespace: 5 }, 'held: 5'],
    [{ networkNamespace: 'other' }, {}, `failed: ${String(NETNS)}`],
    [{ networkNamespace: 5 }, { networkNamespace: 5 }, 'held: 5'],
    [{ networkNamespace: 5 }, { networkNamespace: 6 }, 'failed: 6'],
    [{ everything: true }, {}, 'held: a process'],
  ])('%j against %j: %s', (selectors, info, expected) => {
    expect(against(compiled(selectors), info)).toBe(expected);
  });

  it('an executable that cannot be read does not hold, nor does its language: nobody waits for it', () => {
    expect(against(compiled({ executable: regex('') }), {}, null)).toBe(
      'failed: unreadable: needs full visibility',
    );
    expect(against(compiled({ languages: glob('*') }), {}, null)).toBe(
      'failed: unreadable: needs full visibility',
    );
  });

  it('k8s_* keys are kept and reported as "never matches on this machine"', () => {
    const kept = { k8s_namespace: 'shop', k8s_pod_labels: { app: 'x' }, routes: {} };
    const only = compiled({}, kept);
    expect(against(only, {})).toBe('failed: never matches on this machine');
    const look = new Look(new FakeSubject(7, '/x', []), rules);
    expect(only.evaluate(look).conditions).toMatchObject([
      { selector: 'kubernetes', wanted: 'k8s_namespace: shop, k8s_pod_labels: {"app":"x"}' },
    ]);
    expect(compiled({ everything: true }, kept).judge(look)).toBe('failed');
    expect(compiled({ everything: true }, { routes: {} }).judge(look)).toBe('held');
  });

  it('says by what the language was told', () => {
    const look = new Look(new FakeSubject(7, '/x', [], { executableType: node }), rules);
    expect(compiled({ languages: glob('nodejs') }).evaluate(look).conditions[0]?.parts).toEqual([
      { seen: 'nodejs 20.1.0', held: true, note: 'the file is named node' },
    ]);
  });

  it('says when only the beginning of the command line is known', () => {
    const seen = (args: string[], argsLength: number): Condition['parts'] | undefined =>
      compiled({ args: regex('x') }).evaluate(
        new Look(new FakeSubject(7, '/x', [], { args, argsLength }), rules),
      ).conditions[0]?.parts;
    expect(seen(['a', 'bé'], 6)).toEqual([]);
    expect(seen(['a', 'b'], 300)).toMatchObject([{ seen: '3 of 300 bytes', held: false }]);
  });
});

describe('a criterion', () => {
  it('asks for late facts only where it needs them', () => {
    expect(compiled({ executable: regex('x') }).needs).toEqual({ executableType: false, placement: false });
    expect(compiled({ languages: glob('x') }).needs).toEqual({ executableType: true, placement: false });
    expect(compiled({ unit: glob('x') }).needs).toEqual({ executableType: false, placement: true });
    expect(compiled({ containerName: glob('x') }).needs.placement).toBe(true);
  });

  it('a condition that fails decides, whatever is not there yet', () => {
    const look = new Look(new FakeSubject(7, '/bin/a', []), rules);
    expect(compiled({ languages: glob('go'), executable: regex('node') }).judge(look)).toBe('failed');
    expect(compiled({ languages: glob('go'), executable: regex('a$') }).judge(look)).toBe('undecided');
  });

  it('every field that cannot be put into force is told, with its position', () => {
    const problems = (draft: Partial<CriterionDraft>): CriterionProblem[] => {
      const result = CompiledCriterion.compile({ ...criterion(null), ...draft });
      return Array.isArray(result) ? result : [];
    };
    const { selectors } = criterion('80-', null, {
      selectors: {
        executable: regex('x[a'),
        args: glob('{a'),
        languages: glob('a\\'),
        containerName: glob('[]'),
        user: glob('[z-a]'),
        unit: regex('('),
      },
    });
    expect(
      problems({ name: 'n'.repeat(81), namespace: 'n'.repeat(201), selectors }).map(
        ({ field, position }) => `${field} ${String(position)}`,
      ),
    ).toEqual([
      'name 80',
      'namespace 200',
      'openPorts 3',
      'executable 1',
      'args 0',
      'languages 1',
      'containerName 0',
      'user 1',
      'unit null',
    ]);
    expect(problems({})).toMatchObject([{ field: 'selectors', position: null }]);
    expect(
      problems({ name: '', ...{ selectors: { ...selectors, openPorts: '1,'.repeat(3000) } } }),
    ).toMatchObject([{ field: 'openPorts', position: 4096 }, {}, {}, {}, {}, {}, {}]);
  });

  it('a name that is not typed yet is no problem', () => {
    expect(CompiledCriterion.compile({ ...criterion('80'), name: '' })).toBeInstanceOf(CompiledCriterion);
  });
});

import { describe, expect, it } from 'vitest';
import { noSelectors, type CriterionDraft } from '../../../contract/index.js';
import { criterion } from '../../testing/fixtures.js';
import {
  criterionOf,
  draftOf,
  emptyCriterion,
  engineProblem,
  impliedName,
  isEmptyDraft,
  pidsProblem,
  portsProblem,
  problemsOf,
  savable,
  withField,
  withoutField,
  withPattern,
  type Draft,
} from './draft.js';
import { moreFields } from './fields.js';

describe('portsProblem', () => {
  it.each(['80', '80,8080', '8000-8999', '   80\t,   100 -200,443, 8000- 8999   ', ''])(
    'accepts %j',
    (text) => expect(portsProblem(text)).toBeNull(),
  );
  it.each([
    [',', 0],
    ['1a', 1],
    ['33,', 3],
    ['80 81', 3],
    ['70000', 0],
    ['80, 8999-8000', 4],
    ['0', 0],
  ])('points into %j at %d', (text, position) => expect(portsProblem(text)?.position).toBe(position));
});

describe('pidsProblem', () => {
  it.each(['4711', '4711, 4712', ' 1\t2 ', ''])('accepts %j', (text) => expect(pidsProblem(text)).toBeNull());
  it.each([
    ['x', 0],
    ['1, 0', 3],
    ['12, 1.5', 4],
    ['4194305', 0],
    [Array(1001).fill('1').join(' '), 2000],
  ])('points into %j at %d', (text, position) => expect(pidsProblem(text)?.position).toBe(position));
});

const everything: CriterionDraft = criterion('all', {
  namespace: 'shop',
  exclude: true,
  enabled: false,
  selectors: {
    openPorts: '80, 443',
    executable: { syntax: 'glob', text: '/usr/**' },
    args: { syntax: 'regex', text: 'server' },
    languages: { syntax: 'glob', text: 'go' },
    pids: [1, 4711],
    containersOnly: true,
    containerName: { syntax: 'regex', text: '^shop-' },
    user: { syntax: 'regex', text: '^root$' },
    unit: { syntax: 'glob', text: '*.service' },
    networkNamespace: 4_026_531_840,
    everything: true,
  },
  kept: { k8s_pod_name: 'x', sampler: { name: 'on' } },
});

describe('criterionOf', () => {
  it('gives back every field that an editor was opened with', () => {
    expect(criterionOf(draftOf(everything), everything)).toEqual(everything);
    const plain = criterion('web');
    expect(criterionOf(draftOf(plain), plain)).toEqual(plain);
  });

  it.each(['own', 'other'] as const)('gives back the network namespace "%s"', (networkNamespace) => {
    const given = criterion('netns', { selectors: { networkNamespace } });
    expect(criterionOf(draftOf(given), given)).toEqual(given);
  });

  it('asks nothing of what was taken away, and keeps the rest', () => {
    let draft = draftOf(everything);
    for (const field of moreFields) draft = withoutField(draft, field);
    expect(draft.shown).toEqual([]);
    expect(criterionOf(draft, everything)).toEqual({
      ...everything,
      namespace: null,
      selectors: {
        ...noSelectors,
        openPorts: '80, 443',
        executable: { syntax: 'glob', text: '/usr/**' },
      },
    });
  });

  it('shows a condition that was added again without what was typed before', () => {
    const again = withField(withoutField(draftOf(everything), 'args'), 'args');
    expect(again.patterns.args).toEqual({ syntax: 'regex', text: '' });
    expect(again.shown.at(-1)).toBe('args');
  });

  it('asks nothing where a condition was added and nothing typed', () => {
    const start = emptyCriterion();
    const draft = withField(withField(withField(draftOf(start), 'args'), 'pids'), 'namespace');
    expect(criterionOf(draft, start)).toMatchObject({ namespace: null, selectors: noSelectors });
    expect(isEmptyDraft(draft, start)).toBe(true);
  });

  it('is a criterion of the contract, named after its selector when no name is typed', () => {
    const start = emptyCriterion();
    const made = criterionOf({ ...draftOf(start), name: ' ', ports: ' 80, 443 ' }, start);
    expect(savable(made)).toMatchObject({
      name: '80, 443',
      selectors: { ...noSelectors, openPorts: '80, 443' },
    });
  });

  it('takes its name from a pattern, or from what is only asked or not', () => {
    const draft = draftOf(emptyCriterion());
    expect(impliedName(withPattern(draft, 'executable', { text: ' node$ ' }))).toBe('node$');
    expect(impliedName(withField(draft, 'everything'))).toBe('Every process');
  });
});

describe('isEmptyDraft', () => {
  it('counts a Kubernetes key that is kept as a condition, and no other key', () => {
    const start = emptyCriterion();
    expect(isEmptyDraft(draftOf(start), { kept: { k8s_namespace: 'x' } })).toBe(false);
    expect(isEmptyDraft(draftOf(start), { kept: { sampler: 'x' } })).toBe(true);
  });
});

describe('problemsOf', () => {
  it('tells of each field by itself', () => {
    const draft: Draft = {
      ...withField(withField(draftOf(emptyCriterion()), 'pids'), 'networkNamespace'),
      name: 'x'.repeat(81),
      ports: '0',
      pids: 'a',
      networkNamespace: 'number',
      networkNamespaceNumber: 'ten',
    };
    expect(Object.keys(problemsOf(draft)).sort()).toEqual(['name', 'networkNamespace', 'openPorts', 'pids']);
    expect(Object.keys(problemsOf({ ...draft, shown: [] })).sort()).toEqual(['name', 'openPorts']);
  });

  it('puts the engine’s position into words and marks one character', () => {
    const at = { criterionId: everything.id, field: 'executable', message: 'missing )' } as const;
    expect(engineProblem({ ...at, position: 4 })).toEqual({
      message: 'missing ) (at character 5)',
      position: 4,
      length: 1,
    });
    expect(engineProblem({ ...at, position: null })).toEqual({
      message: 'missing )',
      position: null,
      length: 0,
    });
  });
});

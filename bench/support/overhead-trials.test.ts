import { expect, test } from 'vitest';
import { effectsOf, judge, Measurement, undisturbed, type Call, type Trial } from './overhead-trials.js';

const calls: Call[] = [
  { name: 'bind', unrelated: false },
  { name: 'getppid', unrelated: true },
  { name: 'read', unrelated: true },
];

interface Timing {
  readonly ns: number[];
  readonly programs: [number, number];
}

const timing = (ns: number[], programs: number): Timing => ({ ns, programs: [programs, programs] });

/** A trial of one program on an otherwise empty machine, where everything takes a little more by chance. */
const trial = (chance: number, without: number[], during: number[]): Trial => ({
  subject: 'default',
  before: timing(
    without.map((ns) => ns * (1 + chance)),
    0,
  ),
  with: timing(
    during.map((ns) => ns * (1 + chance)),
    1,
  ),
  after: timing(
    without.map((ns) => ns * (1 + chance)),
    0,
  ),
});

const trials = (without: number[], during: number[]): Trial[] =>
  Array.from({ length: 3 }, () => [0.001, 0.3, 0, 0.002, 0.28, 0.003, 0.001, 0, 0.25, 0.002])
    .flat()
    .map((chance) => trial(chance, without, during));

const judged = (during: number[], all = trials([8000, 164, 466], during)): ReturnType<typeof judge> =>
  judge(effectsOf(calls, { name: 'default', hooks: [], trials: all }));

test('what a related call takes longer does not break the rule', () => {
  const [bind] = effectsOf(calls, {
    name: 'default',
    hooks: [],
    trials: trials([8000, 164, 466], [12_000, 164, 466]),
  });
  expect(bind?.percent.middle).toBeCloseTo(50);
  expect(bind?.addedNs).toBeGreaterThan(3900);
  expect(judged([12_000, 164, 466])?.verdict).toBe('within');
});

test('one unrelated call that is slowed breaks the rule, whatever the others do', () => {
  const { worst, verdict } = judged([8000, 160, 480]) ?? {};
  expect(verdict).toBe('broken');
  expect(worst?.call.name).toBe('read');
  expect(worst?.percent.middle).toBeCloseTo(3, 0);
});

test('a slow-down near the limit is not decided', () => {
  const near = [0, 0.01, 0.02, 0.03, 0.04, 0.05].map((chance) => ({
    ...trial(0, [8000, 164, 466], [8000, 164 * (0.995 + chance), 466]),
  }));
  expect(judged([], near)?.verdict).toBe('undecided');
});

test('a machine that others slow in some trials alone does not change the result', () => {
  const uneven = trials([8000, 164, 466], [8000, 164, 466]).map((one, index) =>
    index % 3 === 0 ? { ...one, with: timing([9000, 210, 590], 1) } : one,
  );
  expect(judged([], uneven)?.verdict).toBe('within');
});

test('trials in which somebody else attached or detached a program are left out', () => {
  const good = trial(0, [8000, 164, 466], [8000, 164, 466]);
  const bad: Trial[] = [
    { ...good, after: timing(good.after.ns, 2) },
    { ...good, with: { ...good.with, programs: [1, 2] } },
    { ...good, with: { ...good.with, programs: [3, 3] } },
    { ...good, before: { ...good.before, programs: [0, 1] } },
  ];
  expect(undisturbed([good, good, ...bad, good, good, good])).toEqual([good, good, good, good, good]);
});

test('programs of others that stay attached all the time do not count as a disturbance', () => {
  const good = trial(0, [8000, 164, 466], [8000, 164, 466]);
  const among: Trial = {
    ...good,
    before: timing(good.before.ns, 7),
    with: timing(good.with.ns, 8),
    after: timing(good.after.ns, 7),
  };
  expect(undisturbed([among, good, among])).toEqual([among, good, among]);
});

test('without a trial nothing is said', () => {
  expect(effectsOf(calls, { name: 'default', hooks: [], trials: [] })).toEqual([]);
  expect(judge([])).toBeNull();
});

test('what a console says besides is passed over, and JSON of another form is refused', () => {
  const measured = new Measurement();
  const good = { ...trial(0, [1, 2, 3], [1, 2, 3]), subject: 'a=b' };
  for (const line of [
    '[    1.234567] random: crng init done',
    JSON.stringify({ kernel: '6.1.0', calls }),
    JSON.stringify({ subject: 'a=b', hooks: ['a=b'] }),
    JSON.stringify({ subject: 'a=c', refused: 'the kernel has no kprobes' }),
    JSON.stringify(good),
  ]) {
    measured.read(line);
  }
  expect(measured.kernel).toBe('6.1.0');
  expect(measured.subjects).toEqual([{ name: 'a=b', hooks: ['a=b'], trials: [good] }]);
  expect(measured.refused).toEqual(new Map([['a=c', 'the kernel has no kprobes']]));
  expect(measured.done).toBe(false);
  measured.read('{"done":true}');
  expect(measured.done).toBe(true);
  expect(() => {
    measured.read('{"subject":"a=b","before":[1,2,3]}');
  }).toThrow();
});

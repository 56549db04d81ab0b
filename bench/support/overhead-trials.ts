// What bindscope-overhead prints (native/bench/overhead.cpp says the form), and what it means.
import { z } from 'zod';
import { estimate, median, quantile, type Estimate } from './stats.js';

/** The most that unrelated system calls may be slowed, in percent. */
export const limitPercent = 2;

const Call = z.object({ name: z.string(), unrelated: z.boolean() });
const Timing = z.object({
  ns: z.array(z.number().positive()),
  programs: z.tuple([z.number(), z.number()]),
});
const Trial = z.object({ subject: z.string(), before: Timing, with: Timing, after: Timing });
const Line = z.union([
  z.object({ kernel: z.string(), calls: z.array(Call).min(1) }),
  Trial,
  z.object({ subject: z.string(), hooks: z.array(z.string()) }),
  z.object({ subject: z.string(), refused: z.string() }),
  z.object({ done: z.literal(true) }),
]);

export type Call = z.infer<typeof Call>;
/** The calls without programs, with them, and without again; each with the number of programs in the kernel. */
export type Trial = z.infer<typeof Trial>;

/** What is attached in one helper: all that it takes by itself (`default`), or one rung, as `FACT=HOOK`. */
export interface Subject {
  readonly name: string;
  /** Attached, as `FACT=HOOK`. */
  readonly hooks: readonly string[];
  readonly trials: Trial[];
}

/** All that one kernel said. */
export class Measurement {
  kernel = '';
  calls: readonly Call[] = [];
  readonly subjects: Subject[] = [];
  /** Rungs that the kernel does not offer, as `FACT=HOOK`, with its words. */
  readonly refused = new Map<string, string>();
  done = false;

  /**
   * Takes one line. What else a console says is passed over.
   *
   * @throws {Error} At JSON of another form: the program is of another version.
   */
  read(line: string): void {
    if (!line.startsWith('{')) return;
    const told = Line.parse(JSON.parse(line));
    if ('kernel' in told) {
      this.kernel = told.kernel;
      this.calls = told.calls;
    } else if ('before' in told) {
      this.subjects.find(({ name }) => name === told.subject)?.trials.push(told);
    } else if ('hooks' in told) {
      this.subjects.push({ name: told.subject, hooks: told.hooks, trials: [] });
    } else if ('refused' in told) {
      this.refused.set(told.subject, told.refused);
    } else {
      this.done = told.done;
    }
  }

  get trials(): number {
    return this.subjects.reduce((sum, { trials }) => sum + trials.length, 0);
  }
}

/** What one call takes longer. */
export interface Effect {
  readonly call: Call;
  /** Nanoseconds without programs. */
  readonly without: number;
  readonly addedNs: number;
  readonly percent: Estimate;
}

const ownPrograms = ({ before, with: during }: Trial): number => during.programs[0] - before.programs[0];

/** The trials during which nobody else attached or detached a program. */
export const undisturbed = (trials: readonly Trial[]): Trial[] => {
  const own = median(trials.map(ownPrograms));
  return trials.filter((trial) => {
    const { before, with: during, after } = trial;
    const outside = [...before.programs, ...after.programs];
    return (
      ownPrograms(trial) === own &&
      during.programs[0] === during.programs[1] &&
      outside.every((count) => count === before.programs[0])
    );
  });
};

/** One call in one trial, in nanoseconds. */
interface Sample {
  readonly before: number;
  readonly during: number;
  readonly after: number;
}

/** Of one call. Related ones depend on what the reader does: the median of what each trial says by itself. */
const ofTrials = {
  without: (samples: readonly Sample[]) => median(samples.map(({ before, after }) => (before + after) / 2)),
  added: (samples: readonly Sample[]) =>
    median(samples.map(({ before, during, after }) => during - (before + after) / 2)),
  percent: (samples: readonly Sample[]) =>
    median(samples.map(({ before, during, after }) => (during / ((before + after) / 2) - 1) * 100)),
};

/** Unrelated ones are slowed by whatever else runs on the machine: the quietest fifth with against the quietest fifth without. */
const quiet = 0.2;
const quietWithout = (samples: readonly Sample[]): number =>
  quantile(
    samples.flatMap(({ before, after }) => [before, after]),
    quiet,
  );
const quietWith = (samples: readonly Sample[]): number =>
  quantile(
    samples.map(({ during }) => during),
    quiet,
  );
const ofQuiet = {
  without: quietWithout,
  added: (samples: readonly Sample[]) => quietWith(samples) - quietWithout(samples),
  percent: (samples: readonly Sample[]) => (quietWith(samples) / quietWithout(samples) - 1) * 100,
};

/** Of every call, by the trials that nobody disturbed. Nothing where there are none. */
export const effectsOf = (calls: readonly Call[], subject: Subject): Effect[] => {
  const trials = undisturbed(subject.trials);
  if (trials.length === 0) return [];
  return calls.map((call, index) => {
    const at = ({ ns }: z.infer<typeof Timing>): number => ns[index] ?? Number.NaN;
    const samples = trials.map(({ before, with: during, after }) => ({
      before: at(before),
      during: at(during),
      after: at(after),
    }));
    const by = call.unrelated ? ofQuiet : ofTrials;
    return {
      call,
      without: by.without(samples),
      addedNs: by.added(samples),
      percent: estimate(samples, by.percent),
    };
  });
};

export type Verdict = 'within' | 'broken' | 'undecided';

/** The unrelated call that is slowed most, and whether the rule holds: for certain, for certain not, or neither. */
export const judge = (effects: readonly Effect[]): { worst: Effect; verdict: Verdict } | null => {
  const unrelated = effects.filter(({ call }) => call.unrelated);
  const [first, ...others] = unrelated;
  if (first === undefined) return null;
  const worst = others.reduce((most, one) => (one.percent.middle > most.percent.middle ? one : most), first);
  const broken = unrelated.some(({ percent }) => percent.low > limitPercent);
  const within = unrelated.every(({ percent }) => percent.high <= limitPercent);
  return { worst, verdict: broken ? 'broken' : within ? 'within' : 'undecided' };
};

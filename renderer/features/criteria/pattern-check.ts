import { useEffect, useState } from 'react';
import { engine } from '../../store/session.js';
import type { FieldProblem } from '../../ui/TextField.js';
import { text } from '../../ui/text.js';

export type PatternVerdict =
  | { readonly state: 'good' }
  | { readonly state: 'bad'; readonly problem: FieldProblem }
  /** The engine, which alone reads the pattern's dialect, is away. */
  | { readonly state: 'unchecked' };

/** Asks the engine whether a pattern is good. Never rejects. */
export const checkPattern = async (pattern: string): Promise<PatternVerdict> => {
  if (pattern === '') return { state: 'good' };
  try {
    const problem = await engine.checkPattern(pattern);
    if (problem === null) return { state: 'good' };
    const at = problem.position === null ? '' : text.criteria.at(problem.position);
    return {
      state: 'bad',
      problem: { message: problem.message + at, position: problem.position, length: 1 },
    };
  } catch {
    return { state: 'unchecked' };
  }
};

const SETTLE_MS = 120;

/** The verdict on what is typed, once typing rests; null until then. */
export const usePatternVerdict = (pattern: string): PatternVerdict | null => {
  const [known, setKnown] = useState<{ pattern: string; verdict: PatternVerdict } | null>(null);
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      void checkPattern(pattern).then((verdict) => {
        if (current) setKnown({ pattern, verdict });
      });
    }, SETTLE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [pattern]);
  return known?.pattern === pattern ? known.verdict : null;
};

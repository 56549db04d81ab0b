import type { ConfigurationProblem } from '../../contract/index.js';

/** Where something was said: a file with line and column, or the name of a variable or an option. */
export type Place = Pick<ConfigurationProblem, 'file' | 'line' | 'column'>;

/** A value and where it was given, for the error that names it. */
export interface Given<T> {
  readonly value: T;
  readonly place: Place;
}

export const namedPlace = (file: string): Place => ({ file, line: null, column: null });

export const problemAt = ({ file, line, column }: Place, message: string): ConfigurationProblem => ({
  file,
  line,
  column,
  message,
});

/** Most problems, and most notes, told of one source. */
const MOST_TOLD = 100;

/** In the order of the text, with the surplus of a hopeless file counted instead of told. */
export const inOrder = (problems: readonly ConfigurationProblem[]): ConfigurationProblem[] => {
  const sorted = [...problems].sort(
    (left, right) => (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0),
  );
  const first = sorted[MOST_TOLD];
  if (first === undefined) return sorted;
  const rest = sorted.length - MOST_TOLD;
  return [...sorted.slice(0, MOST_TOLD), problemAt(first, `and ${String(rest)} more from here on`)];
};

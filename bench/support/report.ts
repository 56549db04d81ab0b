import { cpus, release } from 'node:os';

export interface Row {
  readonly what: string;
  readonly result: string;
  readonly target: string;
}

/** Prints a Markdown table, so that docs/performance.md can be made of the output. */
export const reportTable = (
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): void => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const lines = [`### ${title}`, '', line(columns), line(columns.map(() => '---')), ...rows.map(line), ''];
  process.stdout.write(`${lines.join('\n')}\n`);
};

/** Prints one benchmark. */
export const report = (title: string, rows: readonly Row[]): void => {
  reportTable(
    title,
    ['what', 'result', 'target'],
    rows.map(({ what, result, target }) => [what, result, target]),
  );
};

/** The machine the figures belong to, in one line. */
export const machine = (): string => {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  return `${String(processors.length)} × ${model}, Linux ${release()}, Node ${process.versions.node}`;
};

import { cpus, release } from 'node:os';

export interface Row {
  readonly what: string;
  readonly result: string;
  readonly target: string;
}

/** Prints one benchmark as a Markdown table, so that docs/performance.md can be made of the output. */
export const report = (title: string, rows: readonly Row[]): void => {
  const lines = [
    `### ${title}`,
    '',
    '| what | result | target |',
    '| --- | --- | --- |',
    ...rows.map(({ what, result, target }) => `| ${what} | ${result} | ${target} |`),
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
};

/** The machine the figures belong to, in one line. */
export const machine = (): string => {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  return `${String(processors.length)} × ${model}, Linux ${release()}, Node ${process.versions.node}`;
};

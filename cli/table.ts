import type { Paint, Style } from './terminal-text.js';

export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style | null;
}

/** Lines of a table as wide as its widest cells, two spaces between columns, titles first. */
export const tableLines = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  paint: Paint,
): string[] => {
  const cells = rows.map((row) => columns.map(({ text }) => text(row)));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const place = (text: string, index: number): string => {
    const width = widths[index] ?? 0;
    if (columns[index]?.align === 'right') return text.padStart(width);
    return index === columns.length - 1 ? text : text.padEnd(width);
  };
  const head = columns.map(({ title }, index) => place(title, index)).join('  ');
  return [
    paint('quiet', head.trimEnd()),
    ...rows.map((row, line) =>
      columns
        .map(({ style }, index) => {
          const text = place(cells[line]?.[index] ?? '', index);
          const wanted = style?.(row) ?? null;
          return wanted === null ? text : paint(wanted, text);
        })
        .join('  ')
        .trimEnd(),
    ),
  ];
};

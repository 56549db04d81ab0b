import { useState } from 'react';

const leastWidth = 44;
const mostWidth = 900;

const load = (storageKey: string): Readonly<Record<string, unknown>> => {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    return typeof saved === 'object' && saved !== null ? { ...saved } : {};
  } catch {
    return {};
  }
};

/** Widths of a table's columns in CSS pixels; those the user set are remembered. */
export const useColumnWidths = <Id extends string>(
  table: string,
  columns: readonly { readonly id: Id; readonly width: number }[],
): {
  readonly widths: Readonly<Record<string, number>>;
  readonly setWidth: (column: Id, width: number) => void;
} => {
  const storageKey = `bindscope.columns.${table}`;
  const [chosen, setChosen] = useState(() => load(storageKey));
  const widths: Record<string, number> = {};
  for (const { id, width } of columns) {
    const own = chosen[id];
    widths[id] = typeof own === 'number' && own >= leastWidth && own <= mostWidth ? own : width;
  }
  const setWidth = (column: Id, width: number): void => {
    const next = { ...chosen, [column]: Math.round(Math.min(mostWidth, Math.max(leastWidth, width))) };
    localStorage.setItem(storageKey, JSON.stringify(next));
    setChosen(next);
  };
  return { widths, setWidth };
};

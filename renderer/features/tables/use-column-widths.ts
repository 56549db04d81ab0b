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
  columns: readonly { readonly id: Id; readonly width: number; readonly grow?: number }[],
): {
  readonly widths: Readonly<Record<string, number>>;
  /** For `grid-template-columns`. */
  readonly template: string;
  readonly setWidth: (column: Id, width: number) => void;
} => {
  const storageKey = `bindscope.columns.${table}`;
  const [chosen, setChosen] = useState(() => load(storageKey));
  const widths: Record<string, number> = {};
  const tracks: string[] = [];
  for (const { id, width, grow = 0 } of columns) {
    const own = chosen[id];
    const fixed = typeof own === 'number' && own >= leastWidth && own <= mostWidth;
    const px = fixed ? own : width;
    widths[id] = px;
    tracks.push(fixed || grow === 0 ? `${String(px)}px` : `minmax(${String(px)}px, ${String(grow)}fr)`);
  }
  const setWidth = (column: Id, width: number): void => {
    const next = { ...chosen, [column]: Math.round(Math.min(mostWidth, Math.max(leastWidth, width))) };
    localStorage.setItem(storageKey, JSON.stringify(next));
    setChosen(next);
  };
  return { widths, template: tracks.join(' '), setWidth };
};

import { useState } from 'react';

/** CSS pixels. */
export const leastWidth = 44;
export const mostWidth = 900;

export interface ColumnShape<Id extends string> {
  readonly id: Id;
  /** CSS pixels at least, until the user sets a width. */
  readonly width: number;
  /** Share of the room that is left; 0 where not given. */
  readonly grow?: number;
  /** Left out where the others need the room. */
  readonly whenRoom?: boolean;
}

export interface ColumnLayout<Id extends string> {
  readonly shown: readonly Id[];
  /** CSS pixels at least, of those shown. */
  readonly widths: Readonly<Partial<Record<Id, number>>>;
  /** Their sum: below it the table scrolls sideways. */
  readonly least: number;
  /** For `grid-template-columns`. */
  readonly template: string;
}

/** `chosen`: widths the user set. `room`: CSS pixels there are; what is left over goes to those that grow. */
export const layoutColumns = <Id extends string>(
  columns: readonly ColumnShape<Id>[],
  chosen: Readonly<Record<string, unknown>>,
  room: number,
): ColumnLayout<Id> => {
  const own = (id: Id): number | null => {
    const width = chosen[id];
    return typeof width === 'number' && width >= leastWidth && width <= mostWidth ? width : null;
  };
  const leastOf = (of: readonly ColumnShape<Id>[]): number =>
    of.reduce((sum, { id, width }) => sum + (own(id) ?? width), 0);
  const shown = leastOf(columns) <= room ? columns : columns.filter(({ whenRoom }) => whenRoom !== true);
  const widths: Partial<Record<Id, number>> = {};
  const tracks: string[] = [];
  for (const { id, width, grow = 0 } of shown) {
    const px = own(id) ?? width;
    widths[id] = px;
    tracks.push(
      own(id) !== null || grow === 0 ? `${String(px)}px` : `minmax(${String(px)}px, ${String(grow)}fr)`,
    );
  }
  return { shown: shown.map(({ id }) => id), widths, least: leastOf(shown), template: tracks.join(' ') };
};

const load = (storageKey: string): Readonly<Record<string, unknown>> => {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    return typeof saved === 'object' && saved !== null ? { ...saved } : {};
  } catch {
    return {};
  }
};

/** The layout of a table's columns; widths that the user set are remembered. */
export const useColumnWidths = <Id extends string>(
  table: string,
  columns: readonly ColumnShape<Id>[],
  room: number,
): ColumnLayout<Id> & {
  /** Sets widths (CSS pixels) beside those set before. */
  readonly setWidths: (widths: Readonly<Partial<Record<Id, number>>>) => void;
  /** All columns share the room again. */
  readonly reset: () => void;
} => {
  const storageKey = `bindscope.columns.${table}`;
  const [chosen, setChosen] = useState(() => load(storageKey));
  const setWidths = (widths: Readonly<Partial<Record<Id, number>>>): void => {
    const next: Record<string, unknown> = { ...chosen };
    for (const [id, width] of Object.entries<number | undefined>(widths)) {
      if (width !== undefined) next[id] = Math.round(Math.min(mostWidth, Math.max(leastWidth, width)));
    }
    localStorage.setItem(storageKey, JSON.stringify(next));
    setChosen(next);
  };
  const reset = (): void => {
    localStorage.removeItem(storageKey);
    setChosen({});
  };
  return { ...layoutColumns(columns, chosen, room), setWidths, reset };
};

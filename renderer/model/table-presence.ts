import type { Compare } from './table-sort.js';

/** `new` for a moment after it came, `gone` for a while after it went. */
export type Phase = 'steady' | 'new' | 'gone';

export interface ShownRow<Row> {
  readonly row: Row;
  readonly phase: Phase;
}

export interface Shown<Row> {
  readonly rows: readonly ShownRow<Row>[];
  /** Rows that came while the order is held, and are not shown yet. */
  readonly waiting: number;
  /** When (ms, of the clock `update` is given) a phase ends next; Infinity: none does. */
  readonly nextAt: number;
}

export interface Request<Row> {
  readonly rows: readonly Row[];
  readonly accepts: (row: Row) => boolean;
  readonly compare: Compare<Row>;
  /** The pointer is on a row: nothing may move. */
  readonly held: boolean;
  /** Of a clock that only rises, in ms. */
  readonly now: number;
}

export const newFor = 1600;
export const goneFor = 4000;

interface Entry<Row> {
  row: Row;
  newUntil: number;
  /** Infinity while it exists. */
  goneUntil: number;
}

/**
 * What a table shows of rows that come and go: those that went stay for a while, and while the
 * pointer is on a row every row shown keeps its place and no row comes in between.
 */
export class TablePresence<Row extends { readonly key: string }> {
  private readonly entries = new Map<string, Entry<Row>>();
  private order: readonly string[] = [];
  private first = true;

  update({ rows, accepts, compare, held, now }: Request<Row>): Shown<Row> {
    this.note(rows, now, held);
    const accepted: Entry<Row>[] = [];
    for (const entry of this.entries.values()) if (accepts(entry.row)) accepted.push(entry);

    let waiting = 0;
    let shown: Entry<Row>[];
    if (held) {
      const before = new Set(this.order);
      for (const { row, goneUntil } of accepted) {
        if (!before.has(row.key) && goneUntil === Infinity) waiting += 1;
      }
      shown = this.order
        .map((key) => this.entries.get(key))
        .filter((entry) => entry !== undefined && accepts(entry.row)) as Entry<Row>[];
    } else shown = accepted.sort((a, b) => compare(a.row, b.row));
    this.order = shown.map(({ row }) => row.key);

    let nextAt = Infinity;
    const result = shown.map((entry): ShownRow<Row> => {
      const phase = entry.goneUntil !== Infinity ? 'gone' : entry.newUntil > now ? 'new' : 'steady';
      if (phase === 'gone' && !held) nextAt = Math.min(nextAt, entry.goneUntil);
      if (phase === 'new') nextAt = Math.min(nextAt, entry.newUntil);
      return { row: entry.row, phase };
    });
    return { rows: result, waiting, nextAt };
  }

  /** Another engine speaks, or the view was away: what is there now is not new. */
  forget(): void {
    this.entries.clear();
    this.order = [];
    this.first = true;
  }

  private note(rows: readonly Row[], now: number, held: boolean): void {
    const present = new Set<string>();
    for (const row of rows) {
      present.add(row.key);
      const known = this.entries.get(row.key);
      if (known === undefined) {
        this.entries.set(row.key, {
          row,
          newUntil: this.first ? -Infinity : now + newFor,
          goneUntil: Infinity,
        });
        continue;
      }
      known.row = row;
      known.goneUntil = Infinity;
    }
    for (const [key, entry] of this.entries) {
      if (present.has(key)) continue;
      if (entry.goneUntil === Infinity) entry.goneUntil = now + goneFor;
      // Taking it out would move the rows below it.
      if (!held && entry.goneUntil <= now) this.entries.delete(key);
    }
    if (rows.length > 0) this.first = false;
  }
}

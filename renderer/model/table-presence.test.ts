import { describe, expect, it } from 'vitest';
import { goneFor, newFor, TablePresence, type Request, type Shown } from './table-presence.js';

interface Row {
  readonly key: string;
}

const rows = (text: string): Row[] => Array.from(text, (key) => ({ key }));
const request = (text: string, now: number, rest: Partial<Request<Row>> = {}): Request<Row> => ({
  rows: rows(text),
  accepts: () => true,
  compare: (a, b) => (a.key < b.key ? -1 : 1),
  held: false,
  now,
  ...rest,
});
const keys = (shown: Shown<Row>): string => shown.rows.map(({ row }) => row.key).join('');
const phases = (shown: Shown<Row>): Record<string, string> =>
  Object.fromEntries(shown.rows.map(({ row, phase }) => [row.key, phase]));

describe('TablePresence', () => {
  it('does not call what was there at first new', () => {
    const presence = new TablePresence<Row>();
    presence.update(request('', 0));
    expect(phases(presence.update(request('ab', 1)))).toEqual({ a: 'steady', b: 'steady' });
  });

  it('marks a row new at its sorted place for a while', () => {
    const presence = new TablePresence<Row>();
    presence.update(request('ac', 0));
    const shown = presence.update(request('cab', 10));
    expect(keys(shown)).toBe('abc');
    expect(phases(shown)).toMatchObject({ b: 'new' });
    expect(shown.nextAt).toBe(10 + newFor);
    expect(phases(presence.update(request('abc', 10 + newFor)))).toMatchObject({ b: 'steady' });
  });

  it('keeps a row that went for a while, then drops it', () => {
    const presence = new TablePresence<Row>();
    presence.update(request('abc', 0));
    const shown = presence.update(request('ac', 100));
    expect([keys(shown), phases(shown)['b'], shown.nextAt]).toEqual(['abc', 'gone', 100 + goneFor]);
    expect(keys(presence.update(request('ac', 100 + goneFor - 1)))).toBe('abc');
    expect(keys(presence.update(request('ac', 100 + goneFor)))).toBe('ac');
  });

  it('shows a row that came back as there', () => {
    const presence = new TablePresence<Row>();
    presence.update(request('ab', 0));
    presence.update(request('a', 100));
    expect(phases(presence.update(request('ab', 200)))).toEqual({ a: 'steady', b: 'steady' });
  });

  it('holds every row where it is while the pointer is on one, and counts what waits', () => {
    const presence = new TablePresence<Row>();
    presence.update(request('bd', 0));
    const held = presence.update(request('abcd', 10, { held: true }));
    expect([keys(held), held.waiting]).toEqual(['bd', 2]);
    const left = presence.update(request('abcd', 20));
    expect([keys(left), left.waiting]).toEqual(['abcd', 0]);
  });

  it('does not take a row out from above the pointer however long it is gone', () => {
    const presence = new TablePresence<Row>();
    presence.update(request('abc', 0));
    presence.update(request('bc', 10, { held: true }));
    const later = presence.update(request('bc', 10 + 10 * goneFor, { held: true }));
    expect([keys(later), phases(later)['a']]).toEqual(['abc', 'gone']);
    expect(keys(presence.update(request('bc', 11 + 10 * goneFor)))).toBe('bc');
  });

  it('does not count a row that came and went while held as waiting', () => {
    const presence = new TablePresence<Row>();
    presence.update(request('a', 0));
    presence.update(request('ab', 1, { held: true }));
    expect(presence.update(request('a', 2, { held: true })).waiting).toBe(0);
  });

  it('does not call rows that only the filter hides gone', () => {
    const presence = new TablePresence<Row>();
    presence.update(request('ab', 0));
    presence.update(request('ab', 1, { accepts: ({ key }) => key === 'a' }));
    expect(phases(presence.update(request('ab', 2)))).toEqual({ a: 'steady', b: 'steady' });
  });

  it('takes what another engine has as there from the beginning', () => {
    const presence = new TablePresence<Row>();
    presence.update(request('ab', 0));
    presence.forget();
    expect(phases(presence.update(request('xy', 1)))).toEqual({ x: 'steady', y: 'steady' });
  });
});

import { describe, expect, it } from 'vitest';
import { process, socketRow } from '../testing/fixtures.js';
import { accepts, isEmptyFilter, parseFilter, wordsOf, type Filter } from './filter.js';

const filter = (text: string): Filter => {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.filter;
};
const node = process(4711);
const row = socketRow(1, 8080, node);
const subject = { ports: [8080], pids: [4711], words: wordsOf([node], [row.socket], ['web development']) };
const shows = (text: string): boolean => accepts(filter(text), subject);

describe('parseFilter', () => {
  it.each([
    [
      '80, 8080, 400-1024',
      [
        [80, 80],
        [8080, 8080],
        [400, 1024],
      ],
      [],
    ],
    ['port:8000-8999 listening', [[8000, 8999]], ['listening']],
    [
      '80 81',
      [
        [80, 80],
        [81, 81],
      ],
      [],
    ],
    ['node 8080 tcp', [[8080, 8080]], ['node', 'tcp']],
    ['127.0.0.1', [], ['127.0.0.1']],
    ['80,', [[80, 80]], []],
    ['  ', [], []],
  ])('reads %j', (text, ranges, words) => {
    const parsed = filter(text);
    expect(parsed.ranges.map(({ first, last }) => [first, last])).toEqual(ranges);
    expect(parsed.words).toEqual(words);
  });

  it('tells what is wrong and where', () => {
    expect(parseFilter('node 90-80')).toMatchObject({ ok: false, position: 5 });
    expect(parseFilter('port:70000')).toMatchObject({ ok: false, position: 5 });
  });

  it('takes a lone number above the ports as a PID', () => {
    expect(filter('123456')).toEqual({ ranges: [], pid: 123_456, words: [] });
    expect(isEmptyFilter(filter('123456'))).toBe(false);
  });
});

describe('accepts', () => {
  it.each(['8080', '8000-8999', '4711', 'NODE', 'ada 8080', 'listening', '0.0.0.0', 'web', '', 'server.js'])(
    'shows the row for %j',
    (text) => expect(shows(text)).toBe(true),
  );
  it.each(['8081', '4710-4712', 'node 9', 'bob', '4711, 1'])('hides the row for %j', (text) =>
    expect(shows(text)).toBe(false),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentMap } from './recent-map.js';

test('one entry more than there is room for pushes the oldest out', () => {
  const map = new RecentMap<string, number>(2);
  expect(map.set('a', 1)).toBeUndefined();
  expect(map.set('b', 2)).toBeUndefined();
  expect(map.set('c', 3)).toStrictEqual(['a', 1]);
  expect([...map]).toStrictEqual([
    ['b', 2],
    ['c', 3],
  ]);
});

test('a key that is set again is the newest', () => {
  const map = new RecentMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  expect(map.set('a', 3)).toBeUndefined();
  expect(map.set('c', 4)).toStrictEqual(['b', 2]);
  expect(map.get('a')).toBe(3);
});

test('room for nothing keeps nothing', () => {
  const map = new RecentMap<string, number>(0);
  expect(map.set('a', 1)).toStrictEqual(['a', 1]);
  expect(map.set('a', 2)).toStrictEqual(['a', 2]);
  expect(map.size).toBe(0);
});

test('whatever is set, deleted and cleared, it holds the newest in order, as a plain list would', () => {
  const step = fc.tuple(fc.constantFrom('set', 'set', 'set', 'delete', 'delete', 'clear'), fc.nat(12));
  fc.assert(
    fc.property(fc.nat(6), fc.array(step, { maxLength: 200 }), (most, steps) => {
      const map = new RecentMap<number, number>(most);
      let model: [number, number][] = [];
      for (const [index, [what, key]] of steps.entries()) {
        if (what === 'clear') {
          map.clear();
          model = [];
          continue;
        }
        const others = model.filter(([known]) => known !== key);
        if (what === 'delete') {
          expect(map.delete(key)).toBe(others.length < model.length);
          model = others;
          continue;
        }
        const all: [number, number][] = [...others, [key, index]];
        expect(map.set(key, index)).toStrictEqual(all.length > most ? all[0] : undefined);
        model = all.slice(Math.max(0, all.length - most));
      }
      expect([...map]).toStrictEqual(model);
      expect([...map.values()]).toStrictEqual(model.map(([, value]) => value));
      expect(map.size).toBe(model.length);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BindscopeEvent } from '../../contract/index.js';
import { Shelf } from './shelf.js';

const event = (seq: number): BindscopeEvent => ({ seq }) as BindscopeEvent;
const seqs = (shelf: Shelf): number[] => [...shelf.values()].map(({ seq }) => seq);

test('the oldest leaves first, however many have left before', () => {
  const shelf = new Shelf(3);
  for (let seq = 1; seq <= 10_000; seq += 1) {
    expect(shelf.put(event(seq))?.seq).toBe(seq > 3 ? seq - 3 : undefined);
  }
  expect(seqs(shelf)).toStrictEqual([9998, 9999, 10_000]);
  expect(shelf.size).toBe(3);
});

test('an event is taken by its place long after others have left, and only once', () => {
  const shelf = new Shelf(1500);
  const places: number[] = [];
  for (let seq = 0; seq < 5000; seq += 1) {
    places.push(shelf.nextPlace);
    shelf.put(event(seq));
  }
  expect(shelf.take(places[4000] ?? -1)?.seq).toBe(4000);
  expect(shelf.take(places[4000] ?? -1)).toBeUndefined();
  expect(shelf.take(places[100] ?? -1)).toBeUndefined();
  expect(shelf.size).toBe(1499);
  expect(seqs(shelf)).not.toContain(4000);
  expect(shelf.put(event(5000))).toBeUndefined();
  expect(shelf.put(event(5001))?.seq).toBe(3500);
});

test('whatever is put and taken, it holds what a plain list would', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 40 }),
      fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(-1) }, fc.nat(60)), {
        maxLength: 400,
      }),
      (capacity, steps) => {
        const shelf = new Shelf(capacity);
        let model: { place: number; seq: number }[] = [];
        let seq = 0;
        for (const back of steps) {
          if (back === -1) {
            model.push({ place: shelf.nextPlace, seq });
            const oldest = model.length > capacity ? model.shift() : undefined;
            expect(shelf.put(event(seq))?.seq).toBe(oldest?.seq);
            seq += 1;
            continue;
          }
          const place = shelf.nextPlace - back;
          const found = model.find((held) => held.place === place);
          model = model.filter((held) => held !== found);
          expect(shelf.take(place)?.seq).toBe(found?.seq);
        }
        expect(seqs(shelf)).toStrictEqual(model.map((held) => held.seq));
        expect(shelf.size).toBe(model.length);
      },
    ),
    { numRuns: 50 },
  );
});

import { expect, it } from 'vitest';
import { placeOfGap } from './reorder.js';

it('does not count the dragged one among those before its gap', () => {
  expect(placeOfGap(0, 0)).toBe(0);
  expect(placeOfGap(0, 1)).toBe(0);
  expect(placeOfGap(0, 3)).toBe(2);
  expect(placeOfGap(2, 0)).toBe(0);
});

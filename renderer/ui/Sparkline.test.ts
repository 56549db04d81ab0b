import { expect, it } from 'vitest';
import { sparklinePaths } from './Sparkline.js';

it('draws a step a value, the greatest to the top, and closes at zero', () => {
  const { area, base } = sparklinePaths([0, 2, 4, 0], 40, 11);
  expect(area).toBe('M10 11V6H20V1H30V11Z');
  expect(base).toBe('M0 10.5H40');
});

it('breaks where nobody knows, and closes what ends there', () => {
  const { area, base } = sparklinePaths([3, NaN, 3], 30, 11);
  expect(area).toBe('M0 11V1H10V11ZM20 11V1H30V11Z');
  expect(base).toBe('M0 10.5H10M20 10.5H30');
});

it('shows the least beside the greatest', () => {
  expect(sparklinePaths([1, 1000], 20, 11).area).toBe('M0 11V9.5H10V1H20V11Z');
});

it('draws nothing of nothing', () => {
  expect(sparklinePaths([], 20, 11)).toEqual({ area: '', base: '' });
  expect(sparklinePaths([NaN, NaN], 20, 11)).toEqual({ area: '', base: '' });
});

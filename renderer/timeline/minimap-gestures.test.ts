import { describe, expect, it, vi } from 'vitest';
import { draggedRange, minimapKey } from './minimap-gestures.js';
import { minimapPartAt, minimapWindow } from './paint-minimap.js';
import { TimeScale } from './time-scale.js';

const scale = new TimeScale({ from: 0, to: 10_000 }, 1000);

describe('minimap', () => {
  it('never shows a window too narrow to grab', () => {
    const { x0, x1 } = minimapWindow(scale, { from: 5000, to: 5001 });
    expect(x1 - x0).toBe(6);
    expect(minimapPartAt(scale, { from: 5000, to: 5001 }, 503)).toBe('window');
  });

  it('keeps the window within, also where the view goes beyond the log', () => {
    expect(minimapWindow(scale, { from: -500, to: 20_000 })).toEqual({ x0: 0, x1: 1000 });
  });

  it('tells edges, inside and outside apart', () => {
    const view = { from: 2000, to: 4000 };
    expect([100, 199, 300, 401, 600].map((x) => minimapPartAt(scale, view, x))).toEqual([
      'outside',
      'from',
      'window',
      'to',
      'outside',
    ]);
  });
});

describe('draggedRange', () => {
  const view = { from: 2000, to: 4000 };

  it('moves the window whole', () => {
    expect(draggedRange('window', view, 500, 60)).toEqual({ from: 2500, to: 4500 });
  });

  it('moves one edge and stops before the other', () => {
    expect(draggedRange('from', view, -500, 60)).toEqual({ from: 1500, to: 4000 });
    expect(draggedRange('from', view, 9000, 60)).toEqual({ from: 3940, to: 4000 });
    expect(draggedRange('to', view, -9000, 60)).toEqual({ from: 2000, to: 2060 });
  });
});

describe('minimapKey', () => {
  const target = {
    scale: () => scale,
    view: () => ({ from: 2000, to: 4000 }),
    show: vi.fn(),
    zoom: vi.fn(),
    toStart: vi.fn(),
    toNow: vi.fn(),
  };

  it('moves the view with left and right', () => {
    expect(minimapKey('ArrowLeft', target)).toBe(true);
    expect(target.show).toHaveBeenLastCalledWith({ from: 1800, to: 3800 });
    minimapKey('PageDown', target);
    expect(target.show).toHaveBeenLastCalledWith({ from: 4000, to: 6000 });
  });

  it('narrows it with up, widens it with down, and leaves other keys alone', () => {
    minimapKey('ArrowUp', target);
    expect(target.zoom.mock.lastCall?.[0]).toBeLessThan(1);
    minimapKey('ArrowDown', target);
    expect(target.zoom.mock.lastCall?.[0]).toBeGreaterThan(1);
    expect(minimapKey('Tab', target)).toBe(false);
  });
});

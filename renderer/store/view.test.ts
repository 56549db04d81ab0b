import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MIN_SPAN_MS, useView, viewNow } from './view.js';

const now = 1_700_000_000_000;
const view = () => useView.getState();

describe('useView', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now });
    useView.setState({ range: { from: now - 60_000, to: now }, following: true, pausedAt: null });
  });
  afterEach(() => vi.useRealTimers());

  it('moves on with the clock while following, and not while paused', () => {
    view().tick(now + 1000);
    expect(view().range).toEqual({ from: now - 59_000, to: now + 1000 });
    view().pause();
    view().tick(now + 5000);
    expect(view().range.to).toBe(now + 1000);
    expect(viewNow(view())).toBe(now);
    view().resume();
    view().tick(now + 6000);
    expect(view().range.to).toBe(now + 6000);
  });

  it('stops following when one goes to a place in time', () => {
    view().panBy(-10_000);
    expect(view().following).toBe(false);
    view().tick(now + 1000);
    expect(view().range).toEqual({ from: now - 70_000, to: now - 10_000 });
  });

  it('zooms about the pointer, and about now while following', () => {
    view().zoomBy(0.5, now - 60_000);
    expect(view().range).toEqual({ from: now - 30_000, to: now });
    view().setRange({ from: 0, to: 1000 });
    view().zoomBy(0.5, 250);
    expect(view().range).toEqual({ from: 125, to: 625 });
  });

  it('never zooms in to nothing', () => {
    view().setRange({ from: 0, to: 2 });
    view().zoomBy(1e-9, 1);
    expect(view().range.to - view().range.from).toBe(MIN_SPAN_MS);
  });

  it('goes back to now with the span it has, and ends a pause', () => {
    view().setRange({ from: 0, to: 1000 });
    view().pause();
    view().follow();
    expect(view()).toMatchObject({ range: { from: now - 1000, to: now }, following: true, pausedAt: null });
  });
});

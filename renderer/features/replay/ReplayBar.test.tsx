// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ReplayAction, ReplayState } from '../../../contract/index.js';
import { useReplay } from '../../store/replay.js';
import { engine } from '../../store/session.js';
import { useStatus } from '../../store/status.js';
import { useView } from '../../store/view.js';
import { fakeWindowApi, install, type FakeWindowApi } from '../../testing/fake-window-api.js';
import { settings, status } from '../../testing/fixtures.js';
import { TooltipProvider } from '../../ui/Tooltip.js';
import { TIMELINE_ID } from '../timeline/timeline-id.js';
import { ReplayBar } from './ReplayBar.js';
import { seek, togglePause } from './playing.js';

const from = 1_600_000_000_000_000_000n;
const at = (seconds: number): bigint => from + BigInt(Math.round(seconds * 1000)) * 1_000_000n;
const state = (over: Partial<Record<keyof ReplayState, unknown>> = {}): ReplayState =>
  ({
    file: 'morning.ndjson',
    from,
    to: at(100),
    at: at(40),
    playing: false,
    speed: 1,
    ...over,
  }) as ReplayState;

let fake: FakeWindowApi;
const replay = vi.spyOn(engine, 'replay');
const hear = (over: Partial<Record<keyof ReplayState, unknown>> = {}): void =>
  act(() => useReplay.getState().hear(state(over)));
const asked = (): ReplayAction[] => replay.mock.calls.map(([action]) => action);
const slider = (): HTMLInputElement => screen.getByRole('slider', { name: 'Moment of the replay' });

beforeEach(() => {
  vi.useFakeTimers();
  fake = fakeWindowApi(settings([]));
  install(fake);
  replay.mockReset().mockReturnValue();
  useReplay.setState({ replay: null, target: null, opening: false, failure: null });
  useStatus.setState({ connection: 'connected', status: status() });
  useView.setState({ pausedAt: null });
  render(
    <TooltipProvider>
      <ReplayBar />
      <button type="button" id={TIMELINE_ID} />
      <input aria-label="elsewhere" />
    </TooltipProvider>,
  );
});
afterEach(() => {
  cleanup();
  // Lets a seek that is held back go.
  vi.advanceTimersByTime(10_000);
  vi.useRealTimers();
});

it('is not there while what is shown is live, and says so while a file is read', () => {
  expect(screen.queryByTestId('replay-bar')).toBeNull();
  act(() => useReplay.setState({ opening: true }));
  expect(screen.getByRole('status').textContent).toBe('Opening the recording…');
});

it('says which file, where in it, and of how much', () => {
  hear();
  expect(screen.getByTestId('replay-file').textContent).toBe('morning.ndjson');
  expect(screen.getByTestId('replay-bar').textContent).toContain('read-only');
  expect(screen.getByTestId('replay-time').textContent).toContain('+0:40.0 / 1:40.0');
  expect(slider().value).toBe('40000');
  expect(slider().getAttribute('aria-valuetext')).toMatch(/^\d\d:\d\d:\d\d, 0:40\.0 of 1:40\.0$/);
});

it('hands the keyboard to the timeline when it goes away, and only where it had it', () => {
  const leave = (): void => act(() => useReplay.setState({ replay: null }));
  hear();
  slider().focus();
  leave();
  expect(document.activeElement?.id).toBe(TIMELINE_ID);
  hear();
  screen.getByLabelText('elsewhere').focus();
  leave();
  expect(document.activeElement).toBe(screen.getByLabelText('elsewhere'));
});

it('plays, pauses, and plays from the start where it is through', () => {
  hear();
  fireEvent.click(screen.getByRole('button', { name: 'Play' }));
  hear({ playing: true });
  fireEvent.click(screen.getByRole('button', { name: 'Pause' }));
  hear({ at: at(100) });
  fireEvent.click(screen.getByRole('button', { name: 'Play from the start' }));
  expect(asked()).toEqual([{ kind: 'play' }, { kind: 'pause' }, { kind: 'play' }]);
});

it('moves on between two tellings of the engine while it plays', () => {
  hear({ playing: true, speed: 10 });
  act(() => {
    vi.advanceTimersByTime(1000);
  });
  expect(Number(slider().value)).toBeGreaterThanOrEqual(49_000);
});

it('asks for another speed', () => {
  hear();
  fireEvent.click(screen.getByRole('radio', { name: '100×' }));
  fireEvent.click(screen.getByRole('radio', { name: 'max' }));
  expect(asked()).toEqual([
    { kind: 'speed', speed: 100 },
    { kind: 'speed', speed: 1000 },
  ]);
});

it('steps to the event before and after, and not beyond the ends', () => {
  hear();
  fireEvent.click(screen.getByTestId('replay-previous'));
  fireEvent.click(screen.getByTestId('replay-next'));
  expect(asked()).toEqual([
    { kind: 'step', to: 'previous' },
    { kind: 'step', to: 'next' },
  ]);
  hear({ at: from });
  expect(screen.getByTestId('replay-previous')).toHaveProperty('disabled', true);
  hear({ at: at(100) });
  expect(screen.getByTestId('replay-next')).toHaveProperty('disabled', true);
});

it('shows where the slider was moved until the engine has come there', () => {
  hear();
  fireEvent.change(slider(), { target: { value: '70000' } });
  expect(slider().value).toBe('70000');
  expect(asked()).toEqual([{ kind: 'seek', to: at(70) }]);
  // Told before it was asked to move.
  hear();
  expect(slider().value).toBe('70000');
  hear({ at: at(70) });
  hear({ at: at(71) });
  expect(slider().value).toBe('71000');
});

it('does not wait for ever for an engine that does not come there', () => {
  hear();
  fireEvent.change(slider(), { target: { value: '70000' } });
  act(() => {
    vi.advanceTimersByTime(6000);
  });
  expect(slider().value).toBe('40000');
});

it('adds up keys that are pressed faster than the engine answers', () => {
  hear();
  for (let press = 0; press < 3; press += 1) fireEvent.keyDown(slider(), { key: 'ArrowRight' });
  act(() => {
    vi.advanceTimersByTime(100);
  });
  expect(asked().at(-1)).toEqual({ kind: 'seek', to: at(43) });
});

it.each([
  ['ArrowRight', false, 41],
  ['ArrowLeft', true, 30],
  ['PageUp', false, 50],
  ['Home', false, 0],
  ['End', false, 100],
])('moves by the keyboard: %s (shift %s) to second %i', (key, shiftKey, second) => {
  hear();
  fireEvent.keyDown(slider(), { key, shiftKey });
  expect(asked()).toEqual([{ kind: 'seek', to: at(second) }]);
});

it('sends of many seeks the first at once and then the last, not each', () => {
  hear();
  for (const second of [50, 51, 52, 53]) seek(Number(at(second) / 1_000_000n));
  expect(asked()).toEqual([{ kind: 'seek', to: at(50) }]);
  vi.advanceTimersByTime(100);
  expect(asked()).toEqual([
    { kind: 'seek', to: at(50) },
    { kind: 'seek', to: at(53) },
  ]);
});

it('goes back to what is live', () => {
  hear();
  fireEvent.click(screen.getByRole('button', { name: 'Back to live' }));
  expect(fake.requests).toEqual([{ channel: 'replay:close', request: undefined }]);
});

it('can do nothing while the engine is away', () => {
  hear();
  act(() => useStatus.setState({ connection: 'lost' }));
  expect(screen.getByTestId('replay-play')).toHaveProperty('disabled', true);
  togglePause();
  expect(asked()).toEqual([]);
});

it('pauses the live view where nothing is replayed', () => {
  togglePause();
  expect(useView.getState().pausedAt).not.toBeNull();
  togglePause();
  expect(useView.getState().pausedAt).toBeNull();
});

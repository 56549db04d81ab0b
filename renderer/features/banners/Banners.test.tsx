// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ReplayState } from '../../../contract/index.js';
import { useCriteria } from '../../store/criteria.js';
import { useLive } from '../../store/live.js';
import { useReplay } from '../../store/replay.js';
import { useStatus } from '../../store/status.js';
import { fakeWindowApi, install, type FakeWindowApi } from '../../testing/fake-window-api.js';
import { settings, status } from '../../testing/fixtures.js';
import { TooltipProvider } from '../../ui/Tooltip.js';
import { Banners } from './Banners.js';

let fake: FakeWindowApi;
const now = (over: Parameters<typeof status>[0]): void =>
  act(() => useStatus.setState({ connection: 'connected', message: null, status: status(over) }));
const shown = (): string[] =>
  screen.queryAllByRole('status').map(({ dataset }) => (dataset['testid'] ?? '').replace('banner-', ''));

beforeEach(() => {
  fake = fakeWindowApi(settings([]));
  install(fake);
  useCriteria.setState({ saveError: null });
  useLive.getState().reset({ processes: [], sockets: [], matches: [], events: [] });
  useStatus.setState({ connection: 'connected', message: null, status: status(), refused: 0 });
  render(
    <TooltipProvider>
      <Banners />
    </TooltipProvider>,
  );
});
afterEach(cleanup);

const limited = {
  visibility: 'limited',
  reason: 'Sockets of other users show no process.',
  remedy: 'Install the helper.',
  canAskForFullView: true,
  helper: 'absent',
};

it('shows nothing while all is well', () => expect(shown()).toEqual([]));

it('says what limited view costs and asks for the full one', () => {
  now(limited);
  expect(screen.getByTestId('banner-limited').textContent).toContain(
    'Sockets of other users show no process.',
  );
  fireEvent.click(screen.getByRole('button', { name: 'Enable full view…' }));
  expect(fake.requests).toEqual([{ channel: 'full-view:ask', request: undefined }]);
});

it('names the view, then the reason and the remedy in the engine’s words', () => {
  now({
    ...limited,
    canAskForFullView: false,
    reason: 'No helper is running.',
    remedy: 'Install `polkit`.',
  });
  const banner = screen.getByTestId('banner-limited');
  expect(banner.textContent).toBe('Limited view. No helper is running. Install polkit.');
  expect(banner.querySelector('code')?.textContent).toBe('polkit');
});

it('stays away once dismissed, until the reason changes', () => {
  now(limited);
  fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
  expect(shown()).toEqual([]);
  now({ ...limited, reason: 'Another reason.' });
  expect(shown()).toEqual(['limited']);
});

it('names the remedy where asking cannot help', () => {
  now({ ...limited, visibility: 'degraded', canAskForFullView: false });
  expect(screen.getByTestId('banner-degraded').textContent).toContain('Install the helper.');
  expect(screen.queryByRole('button', { name: 'Enable full view…' })).toBeNull();
});

it('tells of losses, and again only when there are more', () => {
  now({ lost: { kernel: 2, skipped: 0, queue: 1 } });
  expect(screen.getByTestId('banner-lost').textContent).toContain('3 events lost');
  fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
  now({ lost: { kernel: 2, skipped: 0, queue: 1 } });
  expect(shown()).toEqual([]);
  now({ lost: { kernel: 4, skipped: 0, queue: 1 } });
  expect(screen.getByTestId('banner-lost').textContent).toContain('5 events lost');
});

it('tells of a helper and of an engine that are being started again, and of a stopped recording', () => {
  now({ helper: 'restarting', recording: false });
  expect(shown()).toEqual(['helper-restarting', 'not-recording']);
  act(() => useStatus.setState({ connection: 'lost', message: 'The engine stopped (signal 9).' }));
  expect(screen.getByTestId('banner-engine-lost').textContent).toBe('The engine stopped (signal 9).');
});

it('says which recording could not be opened and why, until it is put away', () => {
  act(() => useReplay.getState().failed('/home/ada/morning.ndjson', 'morning.ndjson:3:1: not JSON'));
  expect(screen.getByTestId('banner-replay-failed').textContent).toBe(
    'morning.ndjson could not be opened. morning.ndjson:3:1: not JSON',
  );
  fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
  expect(shown()).toEqual([]);
});

it('says what is amiss in a recording that could be opened all the same', () => {
  act(() => useReplay.setState({ notes: ['morning.ndjson:9:1: the last line is cut short'] }));
  expect(screen.getByTestId('banner-replay-notes').textContent).toContain('cut short');
  fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
  expect(shown()).toEqual([]);
});

it('says nothing of the live view and its recording in a replay', () => {
  now({ ...limited, recording: false });
  const at = 1_600_000_000_000_000_000n as ReplayState['at'];
  act(() => useReplay.getState().hear({ file: 'x', from: at, to: at, at, playing: false, speed: 1 }));
  expect(shown()).toEqual([]);
  act(() => useReplay.getState().hear(null));
  expect(shown()).toEqual(['limited', 'not-recording']);
});

it('tells of an edit that could not be saved', () => {
  act(() => useCriteria.setState({ saveError: 'disk full' }));
  expect(screen.getByTestId('banner-save-failed').textContent).toContain('disk full');
});

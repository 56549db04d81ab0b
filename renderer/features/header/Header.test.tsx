// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ReplayState } from '../../../contract/index.js';
import { useFilter } from '../../store/filter.js';
import { useReplay } from '../../store/replay.js';
import { engine } from '../../store/session.js';
import { useSettings } from '../../store/settings.js';
import { useStatus } from '../../store/status.js';
import { useToasts } from '../../store/toasts.js';
import { useView } from '../../store/view.js';
import { fakeWindowApi, install, type FakeWindowApi } from '../../testing/fake-window-api.js';
import { settings, status } from '../../testing/fixtures.js';
import { TooltipProvider } from '../../ui/Tooltip.js';
import { Header } from './Header.js';
import { toggleRecording } from './recording.js';

let fake: FakeWindowApi;
const settle = (): Promise<void> => act(() => new Promise<void>((resolve) => setTimeout(resolve, 5)));

beforeEach(async () => {
  fake = fakeWindowApi(settings([]));
  fake.answer('app:info', () => ({ version: '0.1.0', electron: '33', chrome: '130' }));
  install(fake);
  useFilter.setState({ text: '' });
  useView.setState({ pausedAt: null });
  useReplay.getState().hear(null);
  useToasts.setState({ toasts: [] });
  useSettings.setState({ settings: settings([]) });
  useStatus.setState({ connection: 'connected', status: status({ events: 1234 }), waitingEvents: 0 });
  render(
    <TooltipProvider>
      <Header
        criteriaShown
        detailsShown
        onToggleCriteria={() => undefined}
        onToggleDetails={() => undefined}
      />
    </TooltipProvider>,
  );
  await settle();
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

it('counts events and losses', () => {
  expect(screen.getByTestId('event-count').textContent).toBe('1,234 events');
  expect(screen.getByTestId('lost').textContent).toBe('0 lost');
  act(() => useStatus.setState({ status: status({ lost: { kernel: 3, skipped: 0, queue: 4 } }) }));
  expect(screen.getByTestId('lost').textContent).toBe('7 lost');
  act(() => useStatus.setState({ status: status({ lost: { kernel: 3, skipped: 5, queue: 4 } }) }));
  expect(screen.getByTestId('lost').textContent).toBe('12 lost');
});

it('says how large the ring buffer is and what was lost where; and where a helper of the system has its size from', async () => {
  const helperProcess = { pid: 812, origin: 'started', ringBytes: 16 << 20 } as const;
  act(() =>
    useStatus.setState({ status: status({ helperProcess, lost: { kernel: 0, skipped: 0, queue: 4 } }) }),
  );
  fireEvent.click(screen.getByTestId('visibility'));
  await settle();
  expect(screen.getByTestId('losses').textContent).toBe(
    'Ring buffer: 16 MiB. Lost since the start: 0 in the ring buffer, 4 in the engine',
  );
  act(() =>
    useStatus.setState({ status: status({ helperProcess, lost: { kernel: 3, skipped: 0, queue: 4 } }) }),
  );
  expect(screen.queryByText(/systemctl edit/)).toBeNull();
  act(() =>
    useStatus.setState({
      status: status({
        helperProcess: { ...helperProcess, origin: 'listening' },
        lost: { kernel: 3, skipped: 0, queue: 4 },
      }),
    }),
  );
  expect(screen.getByText(/systemctl edit/)).toBeTruthy();
});

it('offers sizes of the ring buffer, the one in force among them, and saves the one that is taken', async () => {
  act(() => useSettings.setState({ settings: { ...settings([]), ringBytes: 1 << 30 } }));
  fireEvent.click(screen.getByTestId('more'));
  await settle();
  const offered = within(screen.getByRole('group', { name: 'Ring buffer of the next helper' }));
  expect(offered.getAllByRole('menuitemradio').map(({ textContent }) => textContent)).toStrictEqual([
    '1 MiB',
    '8 MiB, as usual',
    '64 MiB',
    '1 GiB',
  ]);
  expect(offered.getByRole('menuitemradio', { checked: true }).textContent).toBe('1 GiB');
  const saved = vi.spyOn(useSettings.getState(), 'update').mockResolvedValue(undefined);
  fireEvent.click(offered.getByText('64 MiB'));
  expect(saved).toHaveBeenLastCalledWith({ ringBytes: 64 << 20 });
  await settle();
});

it('asks the engine to stop and to start recording, and shows what the engine says', () => {
  const set = vi.spyOn(engine, 'setRecording').mockReturnValue();
  const button = screen.getByTestId('record');
  fireEvent.click(button);
  expect(set).toHaveBeenLastCalledWith(false);
  expect(button.textContent).toBe('Recording');
  act(() => useStatus.setState({ status: status({ recording: false }) }));
  expect(button.textContent).toBe('Not recording');
  fireEvent.click(button);
  expect(set).toHaveBeenLastCalledWith(true);
});

it('cannot record without an engine', () => {
  act(() => useStatus.setState({ connection: 'lost' }));
  expect(screen.getByTestId('record')).toHaveProperty('disabled', true);
  expect(screen.getByTestId('record').textContent).toBe('Engine lost');
});

it('has nothing to record or to pause in a replay', () => {
  const at = 1_600_000_000_000_000_000n as ReplayState['at'];
  act(() => useReplay.getState().hear({ file: 'x', from: at, to: at, at, playing: false, speed: 1 }));
  expect(screen.queryByTestId('record')).toBeNull();
  expect(screen.queryByTestId('pause')).toBeNull();
  const set = vi.spyOn(engine, 'setRecording').mockReturnValue();
  toggleRecording();
  expect(set).not.toHaveBeenCalled();
});

it('pauses the view and counts what waits', () => {
  fireEvent.click(screen.getByRole('button', { name: 'Pause view' }));
  act(() => useStatus.setState({ waitingEvents: 12 }));
  expect(screen.getByText('12')).toBeDefined();
  fireEvent.click(screen.getByRole('button', { name: 'Resume view' }));
  expect(useView.getState().pausedAt).toBeNull();
});

it('says at the filter what cannot be read, and clears it with Escape', () => {
  const box = screen.getByRole('textbox', { name: 'Filter' });
  fireEvent.change(box, { target: { value: '80, 90-85' } });
  expect(screen.getByRole('alert').textContent).toContain('the range runs backwards');
  fireEvent.keyDown(box, { key: 'Escape' });
  expect(useFilter.getState().text).toBe('');
});

it('lists each fact with the hook in use or the reason why there is none', async () => {
  act(() =>
    useStatus.setState({
      status: status({
        visibility: 'degraded',
        reason: 'Failed binds are not seen.',
        remedy: 'Mount tracefs.',
        hooks: [
          { fact: 'bound', hook: 'cgroup/post_bind4', state: 'attached', reason: null },
          { fact: 'bound', hook: 'cgroup/post_bind6', state: 'attached', reason: null },
          {
            fact: 'listening',
            hook: 'kretprobe/inet_csk_listen_start',
            state: 'failed',
            reason: 'no kprobes',
          },
          { fact: 'listening', hook: 'tp_btf/inet_sock_set_state', state: 'attached', reason: null },
          {
            fact: 'bind_failed',
            hook: 'tracepoint/syscalls/sys_exit_bind',
            state: 'failed',
            reason: 'no tracefs',
          },
        ],
      }),
    }),
  );
  fireEvent.click(screen.getByTestId('visibility'));
  await settle();
  const popover = within(screen.getByTestId('visibility-popover'));
  expect(popover.getByText('Failed binds are not seen.')).toBeDefined();
  expect(popover.getByText('Mount tracefs.')).toBeDefined();
  const value = (fact: string): string | null | undefined =>
    popover.getByText(fact).parentElement?.querySelector('dd')?.textContent;
  expect(value('bound')).toBe('cgroup/post_bind4, cgroup/post_bind6');
  expect(value('bind failed')).toContain('tracepoint/syscalls/sys_exit_bind: no tracefs');
  expect(value('bind failed')).toContain('not seen');
  expect(value('bind() called')).toContain('not seen');
  expect(value('list of processes')).toContain('/proc');
  // A lesser hook says what is lost by it, and why the better one is not in use.
  expect(value('listening')).toMatch(/^tp_btf\/inet_sock_set_statetold 2 ms late.*no kprobes$/);
});

it('in limited view repeats no refusals: that there is no helper is said above', async () => {
  act(() =>
    useStatus.setState({
      status: status({
        visibility: 'limited',
        reason: 'No helper.',
        hooks: [{ fact: 'bound', hook: 'cgroup/post_bind4', state: 'failed', reason: 'needs the helper' }],
      }),
    }),
  );
  fireEvent.click(screen.getByTestId('visibility'));
  await settle();
  const line = within(screen.getByTestId('visibility-popover')).getByTestId('fact-bound');
  expect(line.textContent).toBe('boundbinds are found by polling, late and without their binder');
});

it('says which helper serves, and what is never told', async () => {
  act(() => useStatus.setState({ status: status({ helperProcess: { pid: 812, origin: 'listening' } }) }));
  fireEvent.click(screen.getByTestId('visibility'));
  await settle();
  const popover = within(screen.getByTestId('visibility-popover'));
  expect(popover.getByText('Helper: pid 812, found on its socket')).toBeDefined();
  expect(popover.getByText(/SCTP is not told/)).toBeDefined();
});

it('needs no hook on the call where both outcomes of it are told', async () => {
  const hooks = ['bound', 'bind_failed'].map((fact) => ({
    fact,
    hook: 'x',
    state: 'attached',
    reason: null,
  }));
  act(() => useStatus.setState({ status: status({ hooks }) }));
  fireEvent.click(screen.getByTestId('visibility'));
  await settle();
  const line = within(screen.getByTestId('visibility-popover')).getByText('bind() called').parentElement;
  expect(line?.dataset['told']).toBe('outcome');
  expect(line?.querySelector('dd')?.textContent).toBe('only what comes of it is told: bound, or failed');
});

it('takes back a setting that could not be saved, and says so', async () => {
  fake.answer('settings:update', () => {
    throw new Error('read-only file system');
  });
  fireEvent.click(screen.getByTestId('more'));
  await settle();
  fireEvent.click(screen.getByRole('menuitemradio', { name: 'Light' }));
  await settle();
  expect(useSettings.getState().settings?.theme).toBe('system');
  expect(useToasts.getState().toasts[0]?.text).toContain('read-only file system');
});

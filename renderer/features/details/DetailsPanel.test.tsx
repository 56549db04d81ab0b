// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BindscopeEvent, type Evaluation } from '../../../contract/index.js';
import type { Explanation } from '../../ipc/engine-client.js';
import { useCriteria } from '../../store/criteria.js';
import { useEditing } from '../../store/editing.js';
import { useLive } from '../../store/live.js';
import { useSelection, type Selection } from '../../store/selection.js';
import { engine } from '../../store/session.js';
import { fakeWindowApi, install, type FakeWindowApi } from '../../testing/fake-window-api.js';
import { boundEvent, criterion, matchOf, process, settings, socketRow } from '../../testing/fixtures.js';
import { TooltipProvider } from '../../ui/Tooltip.js';
import { DetailsPanel } from './DetailsPanel.js';

const shell = process(2, { name: 'zsh', executable: '/usr/bin/zsh' });
const node = process(10, { args: ['node', 'server.js', '--name=a b'], argsLength: 400 });
const web = criterion('web');
const failedCondition: Evaluation = {
  criterionId: criterion('pg').id,
  criterionName: 'databases',
  held: false,
  conditions: [{ selector: 'exe_path', wanted: 'postgres$', seen: '/usr/bin/node', held: false }],
};

let fake: FakeWindowApi;
const explain = vi.spyOn(engine, 'explain');

const show = (selection: Selection): void => {
  act(() => useSelection.getState().select(selection));
};
const section = (testId: string) => within(screen.getByTestId(testId));

beforeEach(() => {
  fake = fakeWindowApi(settings([web]));
  install(fake);
  const match = matchOf(node, 'web', '8080');
  useCriteria.setState({ list: [web], inForce: [web], past: [], future: [] });
  useLive.getState().reset({
    processes: [node, shell],
    sockets: [socketRow(1, 8080, node)],
    matches: [match],
    events: [boundEvent(1, node), boundEvent(2, shell)],
  });
  const explanation: Explanation = {
    type: 'explained',
    request: 1,
    process: node,
    ancestors: [shell],
    evaluations: [match.evaluation, failedCondition],
  };
  explain.mockResolvedValue(explanation);
  useSelection.getState().clear();
  render(
    <TooltipProvider>
      <DetailsPanel />
    </TooltipProvider>,
  );
});
afterEach(cleanup);

it('says what to do while nothing is selected', () => {
  expect(screen.getByTestId('details-empty').textContent).toContain('Select a lane');
});

it('explains a match condition by condition, with the value seen, and the others that do not hold', async () => {
  show({ kind: 'process', key: node.key });
  const why = section('details-why');
  const evaluation = (index: number): HTMLElement => {
    const element = why.getAllByTestId('evaluation')[index];
    if (element === undefined) throw new Error(`no evaluation ${index}`);
    return element;
  };
  const first = evaluation(0);
  expect(first.dataset['held']).toBe('true');
  expect(first.textContent).toContain('8000-8999');
  expect(first.textContent).toContain('seen: 8080');
  expect(within(first).getByRole('img', { name: 'holds' })).toBeDefined();
  await waitFor(() => expect(why.getAllByTestId('evaluation')).toHaveLength(2));
  const second = evaluation(1);
  expect(second.dataset['held']).toBe('false');
  expect(within(second).getByRole('img', { name: 'does not hold' })).toBeDefined();
  expect(second.textContent).toContain('/usr/bin/node');
});

it('asks again when the criteria in force change', async () => {
  show({ kind: 'process', key: node.key });
  await act(() => Promise.resolve());
  const asked = explain.mock.calls.length;
  await act(async () => {
    useCriteria.getState().engineSays([], []);
    await Promise.resolve();
  });
  expect(explain.mock.calls.length).toBe(asked + 1);
});

it('shows one argument a line, says how much was cut, and copies what a shell would need', async () => {
  show({ kind: 'process', key: node.key });
  const args = section('details-arguments');
  expect(args.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
    'node',
    'server.js',
    '--name=a b',
  ]);
  expect(args.getByText('25 of 400 bytes captured')).toBeDefined();
  fireEvent.click(args.getByRole('button', { name: 'Copy command line' }));
  await act(() => Promise.resolve());
  expect(fake.requests).toContainEqual({
    channel: 'clipboard:write',
    request: "node server.js '--name=a b'",
  });
});

it('goes to a parent on a click', async () => {
  show({ kind: 'process', key: node.key });
  fireEvent.click(await section('details-parents').findByRole('button', { name: /zsh/ }));
  expect(useSelection.getState().selected).toEqual({ kind: 'process', key: shell.key });
});

it('lists the events of this process alone', () => {
  show({ kind: 'process', key: node.key });
  expect(section('details-events').getAllByRole('listitem')).toHaveLength(1);
});

it('keeps showing a process that has ended, from the log', async () => {
  show({ kind: 'process', key: node.key });
  await act(async () => {
    useLive.getState().apply({
      upsert: { processes: [], sockets: [], matches: [] },
      remove: { processes: [node.key], sockets: [], matches: [node.key] },
      events: [],
      skipped: 0,
    });
    await Promise.resolve();
  });
  expect(screen.getByTestId('details-title').textContent).toContain('10');
  expect(screen.getByText('ended')).toBeDefined();
});

it('folds a long command line until it is asked for', () => {
  const script = process(10, { args: ['node', '-e', 'line\n'.repeat(30)], argsLength: 160 });
  act(() =>
    useLive.getState().apply({
      upsert: { processes: [script], sockets: [], matches: [] },
      remove: { processes: [], sockets: [], matches: [] },
      events: [],
      skipped: 0,
    }),
  );
  show({ kind: 'process', key: script.key });
  const list = section('details-arguments').getByRole('list');
  expect(list.dataset['few']).toBe('');
  fireEvent.click(screen.getByRole('button', { name: 'Show all 33 lines' }));
  expect(list.dataset['few']).toBeUndefined();
});

it('tells binder from holders', () => {
  const row = { ...socketRow(1, 8080, node), holders: [shell.key] };
  act(() =>
    useLive.getState().apply({
      upsert: { processes: [], sockets: [row], matches: [] },
      remove: { processes: [], sockets: [], matches: [] },
      events: [],
      skipped: 0,
    }),
  );
  show({ kind: 'socket', key: row.socket.key });
  const facts = section('details-socket');
  const value = (name: string): string | null | undefined =>
    facts.getByText(name).parentElement?.querySelector('dd')?.textContent;
  expect(value('Bound by')).toBe('node 10');
  expect(value('Held by')).toBe('zsh 2');
  expect(value('Address')).toContain('0.0.0.0:8080');
});

it('names the uid of a socket whose process could not be read', () => {
  const row = { ...socketRow(7, 22, node), binder: null, holders: [], uid: 33 };
  act(() =>
    useLive.getState().apply({
      upsert: { processes: [], sockets: [row], matches: [] },
      remove: { processes: [], sockets: [], matches: [] },
      events: [],
      skipped: 0,
    }),
  );
  show({ kind: 'socket', key: row.socket.key });
  expect(section('details-socket').getByText('unknown owner, uid 33')).toBeDefined();
});

it('says of a failed bind what went wrong in words and who holds the port', () => {
  const failed = BindscopeEvent.parse({
    seq: 3,
    time: 1_700_000_000_000_000_000n,
    source: 'ebpf',
    hook: 'tracepoint/syscalls/sys_exit_bind',
    name: 'socket.bind_failed',
    process: shell,
    endpoint: { transport: 'tcp', family: 'ipv4', address: '0.0.0.0', port: 8080, networkNamespace: 1 },
    errno: 98,
    error: 'EADDRINUSE',
    conflict: { socket: 'c1', process: node },
  });
  act(() =>
    useLive.getState().apply({
      upsert: { processes: [], sockets: [], matches: [] },
      remove: { processes: [], sockets: [], matches: [] },
      events: [failed],
      skipped: 0,
    }),
  );
  show({ kind: 'event', key: 3 });
  const facts = section('details-event');
  expect(facts.getByText(/the address is already in use/)).toBeDefined();
  fireEvent.click(facts.getByRole('button', { name: /node/ }));
  expect(useSelection.getState().selected).toEqual({ kind: 'process', key: node.key });
});

it('makes a criterion of a process and opens it for editing', () => {
  show({ kind: 'process', key: node.key });
  fireEvent.click(screen.getByTestId('make-criterion'));
  const made = useCriteria.getState().list.at(-1);
  expect(made).toMatchObject({ name: 'node', executable: '^/usr/bin/node$', openPorts: null });
  expect(useEditing.getState().editing).toBe(made?.id);
});

// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  BindscopeEvent,
  type ActivitySample,
  type Evaluation,
  type Verdict,
} from '../../../contract/index.js';
import type { Explanation } from '../../ipc/engine-client.js';
import { useCriteria } from '../../store/criteria.js';
import { useEditing } from '../../store/editing.js';
import { useLive } from '../../store/live.js';
import { useActivity } from '../../store/activity.js';
import { useReplay } from '../../store/replay.js';
import { useSelection, type Selection } from '../../store/selection.js';
import { engine } from '../../store/session.js';
import { useStatus } from '../../store/status.js';
import { fakeWindowApi, install, type FakeWindowApi } from '../../testing/fake-window-api.js';
import {
  boundEvent,
  criterion,
  matchOf,
  process,
  settings,
  socketRow,
  status,
} from '../../testing/fixtures.js';
import { TooltipProvider } from '../../ui/Tooltip.js';
import { DetailsPanel } from './DetailsPanel.js';

const shell = process(2, { name: 'zsh', executable: '/usr/bin/zsh' });
const node = process(10, { args: ['node', 'server.js', '--name=a b'], argsLength: 400 });
const web = criterion('web');
const failedCondition: Evaluation = {
  criterionId: criterion('pg').id,
  criterionName: 'databases',
  exclude: false,
  held: false,
  conditions: [
    { selector: 'exe_path', wanted: 'postgres$', seen: '/usr/bin/node', held: false, parts: [] },
    {
      selector: 'open_ports',
      wanted: '8080',
      seen: '8080',
      held: true,
      parts: [
        { seen: '8080', held: true, note: null },
        { seen: '53124', held: false, note: 'client connection' },
      ],
    },
  ],
};
const verdictOf = (over: Partial<Verdict>): Verdict => ({
  evaluations: [],
  selectedBy: null,
  excludedBy: null,
  summary: 'in a sentence',
  ...over,
});
const explanationOf = (verdict: Verdict): Explanation => ({
  type: 'explained',
  request: 1,
  process: node,
  ancestors: [shell],
  verdict,
});

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
  explain.mockResolvedValue(
    explanationOf(
      verdictOf({
        evaluations: [match.evaluation, failedCondition],
        selectedBy: match.evaluation.criterionId,
        summary: 'web selects it: it listens on 8080.',
      }),
    ),
  );
  useStatus.setState({ connection: 'connected', status: status() });
  useReplay.setState({ replay: null });
  useActivity.getState().reset();
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

const evaluationOf = (name: string): HTMLElement => {
  const found = screen.getAllByTestId('evaluation').find(({ dataset }) => dataset['criterion'] === name);
  if (found === undefined) throw new Error(`no evaluation of ${name}`);
  return found;
};

it('says of a criterion that is gone that it was deleted, and not that it left the log', () => {
  act(() => useSelection.getState().select({ kind: 'criterion', key: criterion('gone').id }));
  expect(screen.getByText(/^The criterion was deleted/)).toBeDefined();
  expect(screen.queryByText(/left the log/)).toBeNull();
});

it('shows why it matched before the engine has answered, then the verdict in a sentence', async () => {
  show({ kind: 'process', key: node.key });
  const first = evaluationOf('web');
  expect(first.dataset['held']).toBe('true');
  expect(first.textContent).toContain('8000-8999');
  expect(first.textContent).toContain('seen: 8080');
  expect(within(first).getByRole('img', { name: 'holds' })).toBeDefined();
  await waitFor(() =>
    expect(screen.getByTestId('verdict-summary').textContent).toBe('web selects it: it listens on 8080.'),
  );
  expect(evaluationOf('web').dataset['role']).toBe('selects');
  expect(evaluationOf('web').textContent).toContain('selects it');
});

it('folds what does not decide; opened it says which condition fails, with every part and its note', async () => {
  show({ kind: 'process', key: node.key });
  await screen.findByText('databases');
  const other = evaluationOf('databases');
  expect(other.textContent).toContain('1 of 2');
  expect(within(other).queryAllByTestId('condition')).toHaveLength(0);
  fireEvent.click(within(other).getByRole('button', { expanded: false }));
  const [path, ports] = within(other).getAllByTestId('condition');
  if (path === undefined || ports === undefined) throw new Error('not two conditions');
  expect(within(path).getByRole('img', { name: 'does not hold' })).toBeDefined();
  expect(path.textContent).toContain('/usr/bin/node');
  const parts = within(ports).getAllByTestId('part');
  expect(parts.map(({ textContent }) => textContent)).toEqual(['8080', '53124client connection']);
  expect(parts.map(({ dataset }) => dataset['held'] !== undefined)).toEqual([true, false]);
});

it('names the exclusion that keeps it out, open, and beside it the criterion that holds in vain', async () => {
  const inclusion = matchOf(node, 'web', '8080').evaluation;
  const exclusion = {
    ...inclusion,
    criterionId: criterion('not-node').id,
    criterionName: 'not-node',
    exclude: true,
  };
  explain.mockResolvedValue(
    explanationOf(verdictOf({ evaluations: [inclusion, exclusion], excludedBy: exclusion.criterionId })),
  );
  act(() =>
    useLive.getState().apply({
      upsert: { processes: [], sockets: [], matches: [] },
      remove: { processes: [], sockets: [], matches: [node.key] },
      events: [],
      skipped: 0,
    }),
  );
  show({ kind: 'process', key: node.key });
  await waitFor(() => expect(evaluationOf('not-node').dataset['role']).toBe('excludes'));
  expect(evaluationOf('not-node').textContent).toContain('keeps it out');
  expect(within(evaluationOf('not-node')).getAllByTestId('condition')).toHaveLength(1);
  expect(evaluationOf('web').dataset['role']).toBe('holds');
  expect(screen.getByText('Why it did not match')).toBeDefined();
});

it('lists criteria that are switched off at the end, and the rest of many only when asked', async () => {
  const many = Array.from({ length: 60 }, (_, index) => ({
    ...failedCondition,
    criterionId: criterion(`c${String(index)}`).id,
    criterionName: `c${String(index)}`,
  }));
  const last = { ...matchOf(node, 'web', '8080').evaluation };
  act(() => useCriteria.setState({ list: [web, criterion('sleeping', { enabled: false })] }));
  explain.mockResolvedValue(
    explanationOf(verdictOf({ evaluations: [...many, last], selectedBy: last.criterionId })),
  );
  show({ kind: 'process', key: node.key });
  const more = await screen.findByRole('button', { name: 'Show 20 more criteria' });
  expect(screen.getAllByTestId('evaluation').at(-1)).toBe(evaluationOf('web'));
  fireEvent.click(more);
  expect(screen.getAllByTestId('evaluation')).toHaveLength(61);
  expect(screen.getByTestId('evaluation-off').textContent).toContain('sleeping');
});

it('asks again when the criteria in force change, or the process gets another socket', async () => {
  show({ kind: 'process', key: node.key });
  await act(() => Promise.resolve());
  const asked = explain.mock.calls.length;
  act(() => useCriteria.getState().engineSays([], []));
  await waitFor(() => expect(explain.mock.calls.length).toBe(asked + 1));
  act(() =>
    useLive.getState().apply({
      upsert: { processes: [], sockets: [socketRow(2, 9090, node)], matches: [] },
      remove: { processes: [], sockets: [], matches: [] },
      events: [],
      skipped: 0,
    }),
  );
  await waitFor(() => expect(explain.mock.calls.length).toBe(asked + 2));
});

it('says the language with what told it, the unit and the container', () => {
  const placed = process(10, {
    executableType: { language: 'go', version: '1.22.3', reason: 'build info in .go.buildinfo' },
    placement: {
      cgroup: '/system.slice/docker-0123456789abcdef.scope',
      unit: 'docker-0123456789abcdef.scope',
      container: { id: '0123456789abcdef', runtime: 'docker', name: 'shop', image: 'shop:2' },
    },
  });
  act(() =>
    useLive.getState().apply({
      upsert: { processes: [placed], sockets: [], matches: [] },
      remove: { processes: [], sockets: [], matches: [] },
      events: [],
      skipped: 0,
    }),
  );
  show({ kind: 'process', key: placed.key });
  const text = screen.getByTestId('details-process').textContent;
  for (const part of [
    'Go1.22.3',
    'build info in .go.buildinfo',
    'docker-0123456789abcdef.scope',
    'shop',
    'docker 0123456789ab',
    'image shop:2',
  ]) {
    expect(text).toContain(part);
  }
});

describe('activity', () => {
  const at = 1_700_000_010_000_000_000n;
  const second = 1_000_000_000n;
  const sample = (over: Partial<ActivitySample> = {}): ActivitySample => ({
    process: node.key,
    port: 8080 as ActivitySample['port'],
    networkNamespace: 4_026_531_840,
    shared: false,
    instances: 1,
    since: at as ActivitySample['since'],
    accepted: 0,
    closed: 0,
    bytesIn: 0,
    bytesOut: 0,
    ...over,
  });
  const counting = status({
    hooks: [{ fact: 'activity', hook: 'fentry/inet_csk_accept', state: 'attached', reason: null }],
  });
  const tell = (seconds: bigint, ...samples: ActivitySample[]): void =>
    act(() => useActivity.getState().hear(at + seconds * second, samples));
  const activityText = (): string => screen.getByTestId('details-activity').textContent;

  it('shows what comes in a second and in all, what is open, and since when it is counted', () => {
    useStatus.setState({ status: counting });
    show({ kind: 'process', key: node.key });
    expect(activityText()).toContain('Counting begins');
    tell(1n, sample());
    expect(activityText()).toMatch(/No connections since .*\d\d:\d\d:\d\d/);
    tell(2n, sample({ accepted: 5, closed: 2, bytesIn: 2048, bytesOut: 10_240 }));
    tell(3n, sample({ accepted: 8, closed: 7, bytesIn: 3072, bytesOut: 10_240 }));
    const text = activityText();
    expect(text).toContain('Accepted3/s8 in all');
    expect(text).toContain('Open1');
    expect(text).toContain('In1.0 KiB/s3.0 KiB in all');
    expect(text).toContain('Out0 B/s10 KiB in all');
    expect(text).toContain('Counting since');
    expect(screen.getByRole('img', { name: /Port 8080, .*8 accepted, 1 open/ })).toBeDefined();
  });

  it('says with how many others a port is shared', () => {
    useStatus.setState({ status: counting });
    act(() =>
      useLive.getState().apply({
        upsert: {
          processes: [],
          sockets: [{ ...socketRow(1, 8080, node), holders: [node.key, shell.key] }],
          matches: [],
        },
        remove: { processes: [], sockets: [], matches: [] },
        events: [],
        skipped: 0,
      }),
    );
    show({ kind: 'process', key: node.key });
    tell(1n, sample({ shared: true }));
    expect(activityText()).toContain('shared with 1 other process');
  });

  it.each([
    [status({ visibility: 'limited', reason: 'no helper' }), 'not counted in limited view'],
    [
      status({ hooks: [{ fact: 'activity', hook: 'fentry/x', state: 'failed', reason: 'no BTF' }] }),
      'Connections are not counted: no BTF',
    ],
  ])('says in one line why nothing is counted', (now, words) => {
    useStatus.setState({ status: now });
    show({ kind: 'process', key: node.key });
    expect(activityText()).toContain(words);
  });

  it('says nothing of a process that does not listen', () => {
    useStatus.setState({ status: counting });
    show({ kind: 'process', key: shell.key });
    expect(screen.queryByTestId('details-activity')).toBeNull();
  });
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

it('names the uid in an event of a socket whose process could not be read', () => {
  const closed = BindscopeEvent.parse({
    seq: 3,
    time: 1_700_000_000_000_000_000n,
    source: 'poll',
    hook: null,
    name: 'socket.closed',
    process: null,
    ownerUid: 33,
    socket: socketRow(7, 22, node).socket,
    durationNs: 5_000_000_000n,
    durationExact: false,
  });
  act(() =>
    useLive.getState().apply({
      upsert: { processes: [], sockets: [], matches: [] },
      remove: { processes: [], sockets: [], matches: [] },
      events: [closed],
      skipped: 0,
    }),
  );
  show({ kind: 'event', key: 3 });
  const facts = section('details-event');
  expect(facts.getByText('unknown owner, uid 33')).toBeDefined();
  expect(facts.getByText('at least 5.0 s')).toBeDefined();
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

it('proposes a criterion of a process to the editor and saves nothing', () => {
  show({ kind: 'process', key: node.key });
  fireEvent.click(screen.getByTestId('make-criterion'));
  const { editing, proposal } = useEditing.getState();
  expect(editing).toBe('new');
  expect(proposal?.selectors.openPorts).toBe('8080');
  expect(useCriteria.getState().list).toEqual([web]);
});

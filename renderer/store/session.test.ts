// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeWindowApi, install, type FakeWindowApi } from '../testing/fake-window-api.js';
import { boundEvent, criterion, process, settings, status } from '../testing/fixtures.js';
import { useActivity } from './activity.js';
import { useCriteria } from './criteria.js';
import { useLive } from './live.js';
import { engine, startSession } from './session.js';
import { useReplay } from './replay.js';
import { useSelection } from './selection.js';
import { useSettings } from './settings.js';
import { useStatus } from './status.js';
import { useView } from './view.js';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

let fake: FakeWindowApi;
let end: () => void;
let channels: MessageChannel[];

const attach = (): MessagePort => {
  const channel = new MessageChannel();
  channels.push(channel);
  engine.attach(channel.port2);
  return channel.port1;
};
const connected = (events: unknown[] = []): unknown => ({
  type: 'connected',
  processes: [process(1)],
  sockets: [],
  matches: [],
  events,
  status: status(),
  criteria: [],
  problems: [],
  replay: null,
});
const batch = (id: number, over: object): unknown => ({
  type: 'batch',
  id,
  upsert: { processes: [], sockets: [], matches: [] },
  remove: { processes: [], sockets: [], matches: [] },
  events: [],
  skipped: 0,
  ...over,
});

beforeEach(() => {
  channels = [];
  fake = fakeWindowApi(settings([criterion('a')]));
  install(fake);
  useView.setState({ pausedAt: null });
  end = startSession();
});
afterEach(() => {
  end();
  channels.forEach(({ port1, port2 }) => {
    port1.close();
    port2.close();
  });
});

it('reads settings and criteria at the start, and again when main says they changed', async () => {
  await settle();
  expect(useSettings.getState().settings?.theme).toBe('system');
  expect(useCriteria.getState().list.map(({ id }) => id)).toEqual(['a']);
  fake.notify('settings:changed', settings([criterion('b')]));
  expect(useCriteria.getState().list.map(({ id }) => id)).toEqual(['b']);
});

it('holds back what happens while the view is paused, and shows it all on resuming', async () => {
  const port = attach();
  port.postMessage(connected());
  await settle();
  useView.getState().pause();
  port.postMessage(batch(1, { events: [boundEvent(1, process(5))], status: status({ events: 1 }) }));
  port.postMessage(
    batch(2, {
      upsert: { processes: [process(5)], sockets: [], matches: [] },
      events: [boundEvent(2, process(5))],
    }),
  );
  await settle();
  expect(useLive.getState().events.length).toBe(0);
  expect(useStatus.getState()).toMatchObject({ waitingEvents: 2, status: { events: 1 } });
  useView.getState().resume();
  expect(useLive.getState().events.length).toBe(2);
  expect(useLive.getState().processes.has(process(5).key)).toBe(true);
  expect(useStatus.getState().waitingEvents).toBe(0);
});

it('starts over with a new engine, and shows the old state until that one speaks', async () => {
  const old = attach();
  old.postMessage(connected([boundEvent(1, process(1))]));
  await settle();
  fake.notify('engine:state', { state: 'lost', message: 'The engine stopped.' });
  expect(useStatus.getState()).toMatchObject({ connection: 'lost', message: 'The engine stopped.' });
  expect(useLive.getState().events.length).toBe(1);
  const next = attach();
  next.postMessage(connected());
  await settle();
  expect(useStatus.getState()).toMatchObject({ connection: 'connected', message: null });
  expect(useLive.getState().events.length).toBe(0);
});

const replayState = (file: string): object => ({
  file,
  from: 1_600_000_000_000_000_000n,
  to: 1_600_000_060_000_000_000n,
  at: 1_600_000_000_000_000_000n,
  playing: false,
  speed: 1,
});
const sample = {
  process: process(1).key,
  port: 8080,
  networkNamespace: 1,
  shared: false,
  instances: 1,
  since: 1_700_000_000_000_000_000n,
  accepted: 3,
  closed: 0,
  bytesIn: 0,
  bytesOut: 0,
};

it('shows the whole of a replay that is opened, and goes back to following what is live', async () => {
  useView.getState().pause();
  useSelection.getState().select({ kind: 'process', key: process(1).key });
  const port = attach();
  port.postMessage({ ...(connected() as object), replay: replayState('morning.ndjson') });
  await settle();
  expect(useReplay.getState().replay?.file).toBe('morning.ndjson');
  expect(useSelection.getState().selected).toBeNull();
  const { range, following, pausedAt } = useView.getState();
  expect([following, pausedAt]).toEqual([false, null]);
  expect(range.from).toBeLessThan(1_600_000_000_000);
  expect(range.to).toBeGreaterThan(1_600_000_060_000);
  const live = attach();
  live.postMessage(connected());
  await settle();
  expect(useReplay.getState().replay).toBeNull();
  expect(useView.getState().following).toBe(true);
  expect(Math.abs(useView.getState().range.to - Date.now())).toBeLessThan(5000);
});

it('starts over on the same port where a replay was moved, and keeps what is selected and in view', async () => {
  const port = attach();
  const opened = connected([boundEvent(1, process(1)), boundEvent(2, process(1))]) as object;
  port.postMessage({ ...opened, replay: replayState('morning.ndjson') });
  port.postMessage({ type: 'activity', at: 1_700_000_001_000_000_000n, samples: [sample] });
  await settle();
  expect(useActivity.getState().counted.size).toBe(1);
  useSelection.getState().select({ kind: 'process', key: process(1).key });
  useView.getState().setRange({ from: 1_600_000_010_000, to: 1_600_000_020_000 });
  port.postMessage({
    ...(connected([boundEvent(1, process(1))]) as object),
    replay: replayState('morning.ndjson'),
  });
  await settle();
  expect(useLive.getState().events.length).toBe(1);
  expect(useActivity.getState().counted.size).toBe(0);
  expect(useSelection.getState().selected).not.toBeNull();
  expect(useView.getState().range.from).toBe(1_600_000_010_000);
});

it('holds back activity while the view is paused, and takes all of it in on resuming', async () => {
  const port = attach();
  port.postMessage(connected());
  await settle();
  useView.getState().pause();
  const second = 1_000_000_000n;
  for (const [seconds, accepted] of [
    [1n, 3],
    [2n, 4],
    [3n, 9],
  ] as const) {
    const at = 1_700_000_000_000_000_000n + seconds * second;
    port.postMessage({ type: 'activity', at, samples: [{ ...sample, accepted }] });
  }
  await settle();
  expect(useActivity.getState().counted.size).toBe(0);
  useView.getState().resume();
  const [series] = useActivity.getState().processes.get(process(1).key)?.ports ?? [];
  expect([...(series?.values('accepted').slice(-3) ?? [])]).toEqual([3, 1, 5]);
});

it('hears where a replay stands, and what could not be opened', async () => {
  const port = attach();
  port.postMessage({ ...(connected() as object), replay: replayState('morning.ndjson') });
  port.postMessage({
    type: 'replay',
    replay: { ...replayState('morning.ndjson'), at: 1_600_000_030_000_000_000n },
  });
  await settle();
  expect(useReplay.getState().replay?.at).toBe(1_600_000_030_000);
  fake.notify('replay:failed', { path: '/home/ada/x.ndjson', message: 'x.ndjson:1:1: not JSON' });
  expect(useReplay.getState().failure?.message).toBe('x.ndjson:1:1: not JSON');
});

it('counts messages of the wrong shape and keeps what it has', async () => {
  const before = useStatus.getState().refused;
  const port = attach();
  port.postMessage(connected());
  port.postMessage({ type: 'batch', id: 'one' });
  await settle();
  expect(useStatus.getState().refused).toBe(before + 1);
  expect(useLive.getState().processes.size).toBe(1);
});

it('says why settings could not be read', async () => {
  end();
  fake.answer('settings:get', () => {
    throw new Error('settings.json is from a newer version');
  });
  end = startSession();
  await settle();
  expect(useSettings.getState().loadError).toBe('settings.json is from a newer version');
});

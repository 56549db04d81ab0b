// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeWindowApi, install, type FakeWindowApi } from '../testing/fake-window-api.js';
import { boundEvent, criterion, process, settings, status } from '../testing/fixtures.js';
import { useCriteria } from './criteria.js';
import { useLive } from './live.js';
import { engine, startSession } from './session.js';
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

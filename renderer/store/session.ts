import type { EngineMessageOf, EngineStatus, ReplayState } from '../../contract/index.js';
import { EngineClient, type EngineNews } from '../ipc/engine-client.js';
import { errorWords } from '../ipc/error-words.js';
import { windowApi } from '../ipc/window-api.js';
import { ACTIVITY_SECONDS, useActivity } from './activity.js';
import { useCriteria } from './criteria.js';
import { useExporting } from './exporting.js';
import { EVENT_CAPACITY, useLive } from './live.js';
import { PendingChanges } from './pending-changes.js';
import { present, useReplay, wholeReplay } from './replay.js';
import { useSelection } from './selection.js';
import { useSettings } from './settings.js';
import { useStatus } from './status.js';
import { DEFAULT_SPAN_MS, useView } from './view.js';

const pending = new PendingChanges(EVENT_CAPACITY);
/** Tellings of activity that came while the view stood still, the oldest first. */
let heldActivity: EngineMessageOf<'activity'>[] = [];

const setStatus = (status: EngineStatus): void =>
  useStatus.setState({ status, connection: 'connected', message: null });

/** Another clock counts from now on: nothing that was selected or in view means anything on it. */
const enter = (state: ReplayState | null): void => {
  const { replay: before, hear } = useReplay.getState();
  hear(state);
  const { replay } = useReplay.getState();
  const same = before?.file === replay?.file && before?.from === replay?.from && before?.to === replay?.to;
  if (same) return;
  if (useSelection.getState().selected?.kind !== 'criterion') useSelection.getState().clear();
  const now = present();
  useView.setState(
    replay === null
      ? { range: { from: now - DEFAULT_SPAN_MS, to: now }, following: true, pausedAt: null }
      : { range: wholeReplay(replay), following: false, pausedAt: null },
  );
};

const hear = (news: EngineNews): void => {
  switch (news.type) {
    case 'connected':
      pending.clear();
      heldActivity = [];
      enter(news.replay);
      useActivity.getState().reset();
      useLive.getState().reset(news);
      useCriteria.getState().engineSays(news.criteria, news.problems);
      useStatus.setState({ waitingEvents: 0 });
      setStatus(news.status);
      return;
    case 'batch':
      if (useView.getState().pausedAt === null) useLive.getState().apply(news);
      else {
        pending.add(news);
        useStatus.setState({ waitingEvents: pending.events });
      }
      if (news.status !== undefined) setStatus(news.status);
      return;
    case 'criteria':
      useCriteria.getState().engineSays(news.criteria, news.problems);
      return;
    case 'activity':
      if (useView.getState().pausedAt === null) useActivity.getState().hear(news.at, news.samples);
      else heldActivity = [...heldActivity, news].slice(-ACTIVITY_SECONDS);
      return;
    case 'replay':
      useReplay.getState().hear(news.replay);
      return;
  }
};

/** The engine, for questions and commands. Only this window's; it may be away (`EngineGone`). */
export const engine = new EngineClient({
  onPort: () => {
    useStatus.setState({ connection: 'waiting', message: null, status: null });
  },
  onNews: hear,
  onRefused: (problem) =>
    useStatus.setState(({ refused }) => ({ refused: refused + 1, refusedProblem: problem })),
});

/**
 * Joins the stores to the engine's port and to main. Call once, while the page loads: main may hand
 * over the port as soon as it has loaded. Returns what ends it.
 */
export const startSession = (): (() => void) => {
  const api = windowApi();
  const ends = [
    engine.listen(window),
    api.on('settings:changed', (settings) => {
      useSettings.getState().load(settings);
      useCriteria.getState().load(settings.criteria);
    }),
    api.on('replay:notes', (notes) => useReplay.setState({ notes })),
    api.on('replay:failed', ({ path, message }) => useReplay.getState().failed(path, message)),
    api.on('export:progress', ({ id, progress }) => useExporting.getState().progressed(id, progress)),
    api.on('engine:state', ({ state, message }) => {
      if (state === 'lost') useStatus.setState({ connection: 'lost', message });
      else useStatus.setState({ message });
    }),
    useView.subscribe(({ pausedAt }, before) => {
      if (pausedAt !== null || before.pausedAt === null) return;
      useLive.getState().apply(pending.take());
      for (const { at, samples } of heldActivity.splice(0)) useActivity.getState().hear(at, samples);
      useStatus.setState({ waitingEvents: 0 });
    }),
  ];
  api.invoke('settings:get', undefined).then(
    (settings) => {
      useSettings.getState().load(settings);
      useCriteria.getState().load(settings.criteria);
    },
    (error: unknown) => useSettings.setState({ loadError: errorWords(error) }),
  );
  return () => ends.forEach((end) => end());
};

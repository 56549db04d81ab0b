import { create } from 'zustand';
import type {
  EngineMessageOf,
  Match,
  ProcessInfo,
  ProcessKey,
  SocketKey,
  SocketRow,
} from '../../contract/index.js';
import { EventBuffer } from './event-buffer.js';
import { LiveMap } from './live-map.js';

/** Events the window holds; older ones stay in the engine's log and in exports. */
export const EVENT_CAPACITY = 200_000;

export type Tables = Pick<EngineMessageOf<'connected'>, 'processes' | 'sockets' | 'matches' | 'events'>;
export type Changes = Pick<EngineMessageOf<'batch'>, 'upsert' | 'remove' | 'events' | 'skipped'>;

/**
 * What exists now and what happened. Each field gets a new identity exactly when its contents
 * change, so `useLive((live) => live.sockets)` renders for sockets alone.
 */
export interface LiveState {
  readonly processes: LiveMap<ProcessKey, ProcessInfo>;
  readonly sockets: LiveMap<SocketKey, SocketRow>;
  /** By the process that matched: the first criterion that holds wins, so there is one a process. */
  readonly matches: LiveMap<ProcessKey, Match>;
  readonly events: EventBuffer;
  /** Rises with every change of any of them. */
  readonly revision: number;
  /** Replaces everything: a new engine speaks. */
  readonly reset: (tables: Tables) => void;
  readonly apply: (changes: Changes) => void;
}

const keyOfProcess = (process: ProcessInfo): ProcessKey => process.key;
const keyOfSocket = (row: SocketRow): SocketKey => row.socket.key;
const keyOfMatch = (match: Match): ProcessKey => match.process;

export const useLive = create<LiveState>()((set) => ({
  processes: LiveMap.of(),
  sockets: LiveMap.of(),
  matches: LiveMap.of(),
  events: EventBuffer.empty(EVENT_CAPACITY),
  revision: 0,
  reset: ({ processes, sockets, matches, events }) =>
    set((state) => ({
      processes: LiveMap.of(processes.map((process) => [process.key, process])),
      sockets: LiveMap.of(sockets.map((row) => [row.socket.key, row])),
      matches: LiveMap.of(matches.map((match) => [match.process, match])),
      events: EventBuffer.empty(EVENT_CAPACITY).append(events),
      revision: state.revision + 1,
    })),
  apply: ({ upsert, remove, events, skipped }) =>
    set((state) => ({
      processes: state.processes.changed(upsert.processes, remove.processes, keyOfProcess),
      sockets: state.sockets.changed(upsert.sockets, remove.sockets, keyOfSocket),
      matches: state.matches.changed(upsert.matches, remove.matches, keyOfMatch),
      events: state.events.append(events, skipped),
      revision: state.revision + 1,
    })),
}));

import { create } from 'zustand';
import type { EngineStatus } from '../../contract/index.js';

export interface StatusState {
  /** `waiting`: no engine has spoken yet; `lost`: it died and is being started again. */
  readonly connection: 'waiting' | 'connected' | 'lost';
  /** What main said of the engine's state, in words; null when there is nothing to say. */
  readonly message: string | null;
  readonly status: EngineStatus | null;
  /** Events that came while the view is paused. */
  readonly waitingEvents: number;
  /** Messages of the wrong shape that were refused, and what was wrong with the last. */
  readonly refused: number;
  readonly refusedProblem: string | null;
}

export const useStatus = create<StatusState>()(() => ({
  connection: 'waiting',
  message: null,
  status: null,
  waitingEvents: 0,
  refused: 0,
  refusedProblem: null,
}));

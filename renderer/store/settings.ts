import { create } from 'zustand';
import type { Settings } from '../../contract/index.js';

export interface SettingsState {
  /** Null until main has answered. */
  readonly settings: Settings | null;
}

export const useSettings = create<SettingsState>()(() => ({ settings: null }));

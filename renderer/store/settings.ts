import { create } from 'zustand';
import type { Settings } from '../../contract/index.js';
import { windowApi } from '../ipc/window-api.js';

export interface SettingsState {
  /** Null until main has answered. Criteria live in `criteria.ts`; those in here may lag behind. */
  readonly settings: Settings | null;
  /** Why main did not answer; null while there is no such trouble. */
  readonly loadError: string | null;
  readonly load: (settings: Settings) => void;
  /** Shows the change at once and takes it back if it could not be saved. */
  readonly update: (patch: Partial<Omit<Settings, 'version' | 'criteria'>>) => Promise<void>;
}

export const useSettings = create<SettingsState>()((set, get) => ({
  settings: null,
  loadError: null,
  load: (settings) => set({ settings, loadError: null }),
  update: async (patch) => {
    const before = get().settings;
    if (before !== null) set({ settings: { ...before, ...patch } });
    try {
      set({ settings: await windowApi().invoke('settings:update', patch) });
    } catch (error) {
      set({ settings: before });
      throw error;
    }
  },
}));

import { create } from 'zustand';

export interface FilterState {
  /** As typed; `model/filter.ts` reads it. Empty shows everything. */
  readonly text: string;
  readonly setText: (text: string) => void;
}

export const useFilter = create<FilterState>()((set) => ({
  text: '',
  setText: (text) => set({ text }),
}));

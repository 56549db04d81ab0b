import { create } from 'zustand';

export type ConfigurationSide = 'import' | 'export';

export interface ConfigurationState {
  /** The side of the dialog that is shown; null: it is closed. */
  readonly side: ConfigurationSide | null;
  readonly show: (side: ConfigurationSide) => void;
  readonly close: () => void;
}

export const useConfiguration = create<ConfigurationState>()((set) => ({
  side: null,
  show: (side) => set({ side }),
  close: () => set({ side: null }),
}));

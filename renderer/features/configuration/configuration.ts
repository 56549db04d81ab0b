import { create } from 'zustand';

export type ConfigurationSide = 'import' | 'export';

/** A configuration that is not imported yet. */
export interface Source {
  /** Name of its file, for the words of errors. */
  readonly file: string;
  readonly text: string;
}

export const PASTED = 'pasted.yml';
const nothing: Source = { file: PASTED, text: '' };

export interface ConfigurationState {
  /** The side of the dialog that is shown; null: it is closed. */
  readonly side: ConfigurationSide | null;
  /** Survives closing the dialog; only importing it ends it. */
  readonly source: Source;
  readonly show: (side: ConfigurationSide) => void;
  readonly setSource: (source: Source) => void;
  readonly close: () => void;
  /** The source was imported: closes the dialog and forgets it. */
  readonly imported: () => void;
}

export const useConfiguration = create<ConfigurationState>()((set) => ({
  side: null,
  source: nothing,
  show: (side) => set({ side }),
  setSource: (source) => set({ source }),
  close: () => set({ side: null }),
  imported: () => set({ side: null, source: nothing }),
}));

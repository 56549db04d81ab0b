import { create } from 'zustand';
import type { ExportProgress, ExportRequest } from '../../contract/index.js';
import { errorWords } from '../ipc/error-words.js';
import { windowApi } from '../ipc/window-api.js';

/** `choosing`: the save dialog is open. Everything else is an export that main knows by `id`. */
export type ExportState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'choosing' }
  | { readonly kind: 'known'; readonly id: number; readonly path: string; readonly progress: ExportProgress }
  /** It could not even be started. */
  | { readonly kind: 'refused'; readonly message: string };

export interface ExportingState {
  readonly open: boolean;
  readonly state: ExportState;
  readonly setOpen: (open: boolean) => void;
  readonly start: (request: ExportRequest) => Promise<void>;
  readonly progressed: (id: number, progress: ExportProgress) => void;
  readonly cancel: () => Promise<void>;
  readonly reveal: () => Promise<void>;
  /** Back to the form, where nothing is running. */
  readonly dismiss: () => void;
}

export const useExporting = create<ExportingState>()((set, get) => {
  /** Progress may arrive before the answer that names the export. */
  let early: { id: number; progress: ExportProgress } | null = null;
  return {
    open: false,
    state: { kind: 'idle' },
    setOpen: (open) => set({ open }),
    start: async (request) => {
      early = null;
      set({ state: { kind: 'choosing' } });
      try {
        const started = await windowApi().invoke('export:start', request);
        if (started === null) {
          set({ state: { kind: 'idle' } });
          return;
        }
        const first = early as { id: number; progress: ExportProgress } | null;
        set({
          state: {
            kind: 'known',
            id: started.id,
            path: started.path,
            progress: first?.id === started.id ? first.progress : { state: 'running', written: 0, total: 0 },
          },
        });
      } catch (error) {
        set({ state: { kind: 'refused', message: errorWords(error) } });
      }
    },
    progressed: (id, progress) => {
      const { state } = get();
      if (state.kind === 'known' && state.id === id) set({ state: { ...state, progress } });
      else early = { id, progress };
    },
    cancel: async () => {
      const { state } = get();
      if (state.kind === 'known') await windowApi().invoke('export:cancel', { id: state.id });
    },
    reveal: async () => {
      const { state } = get();
      if (state.kind === 'known') await windowApi().invoke('export:reveal', { id: state.id });
    },
    dismiss: () => {
      const { state } = get();
      const busy =
        state.kind === 'choosing' || (state.kind === 'known' && state.progress.state === 'running');
      if (!busy) set({ state: { kind: 'idle' } });
    },
  };
});

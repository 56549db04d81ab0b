import { create } from 'zustand';
import type { CriterionId } from '../../contract/index.js';

export interface EditingState {
  /** The criterion whose card is open for editing; `new` for one that is not in the list yet. */
  readonly editing: CriterionId | 'new' | null;
  readonly edit: (which: CriterionId | 'new') => void;
  readonly done: () => void;
}

export const useEditing = create<EditingState>()((set) => ({
  editing: null,
  edit: (which) => set({ editing: which }),
  done: () => set({ editing: null }),
}));

import { create } from 'zustand';
import type { CriterionDraft, CriterionId } from '../../contract/index.js';

export interface EditingState {
  /** The criterion whose card is open for editing; `new` for one that is not in the list yet. */
  readonly editing: CriterionId | 'new' | null;
  /** What its editor starts with; null: with what is saved, or with nothing. */
  readonly proposal: CriterionDraft | null;
  readonly edit: (which: CriterionId | 'new') => void;
  /** Opens the editor of a new criterion with this in its fields. Nothing is saved until the user does. */
  readonly propose: (draft: CriterionDraft) => void;
  /** Opens an editor with what had been typed in it. */
  readonly resume: (which: CriterionId | 'new', draft: CriterionDraft) => void;
  readonly done: () => void;
}

export const useEditing = create<EditingState>()((set) => ({
  editing: null,
  proposal: null,
  edit: (which) => set({ editing: which, proposal: null }),
  propose: (draft) => set({ editing: 'new', proposal: draft }),
  resume: (which, draft) => set({ editing: which, proposal: draft }),
  done: () => set({ editing: null, proposal: null }),
}));

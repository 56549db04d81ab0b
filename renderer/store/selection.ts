import { create } from 'zustand';
import type { CriterionId, ProcessKey, SocketKey } from '../../contract/index.js';

/** What the details panel shows. An event is known by its sequence number. */
export type Selection =
  | { readonly kind: 'process'; readonly key: ProcessKey }
  | { readonly kind: 'socket'; readonly key: SocketKey }
  | { readonly kind: 'event'; readonly key: number }
  | { readonly kind: 'criterion'; readonly key: CriterionId };

export interface SelectionState {
  readonly selected: Selection | null;
  readonly select: (selection: Selection) => void;
  readonly clear: () => void;
}

export const isSelected = (
  selected: Selection | null,
  kind: Selection['kind'],
  key: string | number,
): boolean => selected !== null && selected.kind === kind && selected.key === key;

export const useSelection = create<SelectionState>()((set) => ({
  selected: null,
  select: (selection) => set({ selected: selection }),
  clear: () => set({ selected: null }),
}));

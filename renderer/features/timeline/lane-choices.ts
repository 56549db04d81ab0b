import { create } from 'zustand';
import type { GroupId } from '../../model/lanes.js';
import type { LaneKey } from '../../model/timeline-lane.js';

export interface LaneChoices {
  readonly collapsed: ReadonlySet<GroupId>;
  /** Lanes that show every track. */
  readonly expanded: ReadonlySet<LaneKey>;
  /** Leave out lanes with nothing in the time that is shown. */
  readonly onlyActive: boolean;
  readonly toggleGroup: (id: GroupId) => void;
  readonly toggleLane: (key: LaneKey) => void;
  readonly setOnlyActive: (onlyActive: boolean) => void;
}

const toggled = <T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> => {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
};

/** How the user wants the lanes laid out. */
export const useLaneChoices = create<LaneChoices>()((set) => ({
  collapsed: new Set(),
  expanded: new Set(),
  onlyActive: true,
  toggleGroup: (id) => set(({ collapsed }) => ({ collapsed: toggled(collapsed, id) })),
  toggleLane: (key) => set(({ expanded }) => ({ expanded: toggled(expanded, key) })),
  setOnlyActive: (onlyActive) => set({ onlyActive }),
}));

import type { PanelImperativeHandle } from 'react-resizable-panels';
import { create } from 'zustand';
import { recallLayout, rememberLayout, type Layout } from './layout-memory.js';

export type SideName = 'criteria' | 'details';

export interface LayoutState {
  readonly layout: Layout;
  /** A panel came into the page (its handle) or left it (null). */
  readonly setPanel: (name: SideName, handle: PanelImperativeHandle | null) => void;
  readonly sideResized: (name: SideName, px: number) => void;
  readonly timelineResized: (percent: number) => void;
  readonly show: (name: SideName) => void;
  readonly toggle: (name: SideName) => void;
}

/** Sizes and collapsed state of the panels, remembered as they change. */
export const useLayout = create<LayoutState>()((set, get) => {
  const panels: Record<SideName, PanelImperativeHandle | null> = { criteria: null, details: null };

  const change = (part: Partial<Layout>): void => {
    const layout = { ...get().layout, ...part };
    set({ layout });
    rememberLayout(layout);
  };
  const show = (name: SideName): void => {
    if (panels[name]?.isCollapsed() === true) panels[name].resize(get().layout[name].px);
  };

  return {
    layout: recallLayout(),
    setPanel: (name, handle) => {
      panels[name] = handle;
    },
    sideResized: (name, px) => {
      const shown = px > 1;
      change({ [name]: { px: shown ? Math.round(px) : get().layout[name].px, shown } });
    },
    timelineResized: (percent) => change({ timeline: Math.min(90, Math.max(10, percent)) }),
    show,
    toggle: (name) => {
      if (panels[name]?.isCollapsed() === true) show(name);
      else panels[name]?.collapse();
    },
  };
});

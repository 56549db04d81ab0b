import { minimapPartAt, type MinimapPart } from './paint-minimap.js';
import type { TimeRange, TimeScale } from './time-scale.js';

export interface MinimapTarget {
  scale(): TimeScale;
  view(): TimeRange;
  show(range: TimeRange): void;
  zoom(factor: number): void;
  toStart(): void;
  toNow(): void;
}

const cursors: Readonly<Record<MinimapPart, string>> = {
  from: 'ew-resize',
  to: 'ew-resize',
  window: 'grab',
  outside: 'pointer',
};

/** The range that dragging a part of the minimap's window by `ms` gives. */
export const draggedRange = (part: MinimapPart, range: TimeRange, ms: number, least: number): TimeRange => {
  if (part === 'from') return { from: Math.min(range.from + ms, range.to - least), to: range.to };
  if (part === 'to') return { from: range.from, to: Math.max(range.to + ms, range.from + least) };
  return { from: range.from + ms, to: range.to + ms };
};

/** Share of the view that an arrow key moves it by, and what it zooms by. */
const keyShare = 0.1;
const keyZoom = 1.5;

/** Arrows: left and right move the view, up narrows it, down widens it. Returns whether the key was one. */
export const minimapKey = (key: string, target: MinimapTarget): boolean => {
  const moveBy = (share: number): void => {
    const { from, to } = target.view();
    const ms = (to - from) * share;
    target.show({ from: from + ms, to: to + ms });
  };
  if (key === 'ArrowLeft') moveBy(-keyShare);
  else if (key === 'ArrowRight') moveBy(keyShare);
  else if (key === 'PageUp') moveBy(-1);
  else if (key === 'PageDown') moveBy(1);
  else if (key === 'ArrowUp') target.zoom(1 / keyZoom);
  else if (key === 'ArrowDown') target.zoom(keyZoom);
  else if (key === 'Home') target.toStart();
  else if (key === 'End') target.toNow();
  else return false;
  return true;
};

/** Drag the window or its edges; press outside to bring it there; wheel to zoom; keys as in `minimapKey`. */
export const listenToMinimap = (element: HTMLElement, target: MinimapTarget): (() => void) => {
  const controller = new AbortController();
  const { signal } = controller;
  const xOf = (event: MouseEvent): number => event.clientX - element.getBoundingClientRect().left;
  let drag: { readonly part: MinimapPart; readonly time: number; readonly view: TimeRange } | null = null;

  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      const scale = target.scale();
      const x = xOf(event);
      const time = scale.time(x);
      let view = target.view();
      let part = minimapPartAt(scale, view, x);
      if (part === 'outside') {
        const half = (view.to - view.from) / 2;
        view = { from: time - half, to: time + half };
        target.show(view);
        part = 'window';
      }
      drag = { part, time, view };
    },
    { signal },
  );
  element.addEventListener(
    'pointermove',
    (event) => {
      const scale = target.scale();
      const x = xOf(event);
      if (drag === null) {
        element.style.cursor = cursors[minimapPartAt(scale, target.view(), x)];
        return;
      }
      const least = Math.min(scale.msPerPixel * 6, drag.view.to - drag.view.from);
      target.show(draggedRange(drag.part, drag.view, scale.time(x) - drag.time, least));
    },
    { signal },
  );
  const release = (): void => {
    drag = null;
  };
  element.addEventListener('pointerup', release, { signal });
  element.addEventListener('pointercancel', release, { signal });
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      target.zoom(Math.exp(event.deltaY * 0.0022));
    },
    { signal, passive: false },
  );
  element.addEventListener(
    'keydown',
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !minimapKey(event.key, target)) return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );
  return () => controller.abort();
};

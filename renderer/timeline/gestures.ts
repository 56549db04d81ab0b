/** What the pointer, the wheel and the keys ask of the timeline. Points in CSS pixels of the canvas. */
export interface GestureTarget {
  /** `factor` below 1: in. `x` null: at the middle or, while following, at now. */
  zoom(factor: number, x: number | null): void;
  /** Moves the picture by so many pixels; right and down are positive. */
  drag(dx: number, dy: number): void;
  dragEnd(): void;
  pan(pixels: number): void;
  scroll(pixels: number): void;
  hover(point: Point | null): void;
  click(point: Point): void;
  doubleClick(point: Point): void;
  key(action: KeyAction): void;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export type KeyAction =
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'zoomIn'
  | 'zoomOut'
  | 'start'
  | 'end'
  | 'fit'
  | 'togglePause'
  | 'select'
  | 'escape';

const keys: Readonly<Record<string, KeyAction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  PageUp: 'pageUp',
  PageDown: 'pageDown',
  '+': 'zoomIn',
  '=': 'zoomIn',
  '-': 'zoomOut',
  Home: 'start',
  End: 'end',
  f: 'fit',
  F: 'fit',
  ' ': 'togglePause',
  Enter: 'select',
  Escape: 'escape',
};

/** Pixels the pointer moves before a press is a drag. */
const dragThreshold = 4;
/** A drag that began upright stays so until it moved this far sideways: it must not stop following. */
const sidewaysThreshold = 20;

/** Pixels of a wheel event, whatever unit it speaks. */
export const wheelPixels = (delta: number, mode: number): number =>
  mode === WheelEvent.DOM_DELTA_LINE ? delta * 18 : mode === WheelEvent.DOM_DELTA_PAGE ? delta * 400 : delta;

const pointOf = (element: HTMLElement, event: MouseEvent): Point => {
  const box = element.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
};

/**
 * Wheel: zoom at the pointer (Ctrl and pinch too); with Shift, or sideways: through time; with Alt:
 * through the lanes. Drag: both ways. Returns what ends the listening.
 */
export const listenToGestures = (element: HTMLElement, target: GestureTarget): (() => void) => {
  const controller = new AbortController();
  const { signal } = controller;
  let pressed: { readonly id: number; readonly at: Point } | null = null;
  let last: Point = { x: 0, y: 0 };
  let mode: 'press' | 'upright' | 'free' = 'press';

  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const dx = wheelPixels(event.deltaX, event.deltaMode);
      const dy = wheelPixels(event.deltaY, event.deltaMode);
      if (event.altKey) target.scroll(dy);
      else if (event.shiftKey) target.pan(dx === 0 ? dy : dx);
      else if (!event.ctrlKey && Math.abs(dx) > Math.abs(dy)) target.pan(dx);
      // A pinch comes as Ctrl and the wheel, with small steps.
      else target.zoom(Math.exp(dy * (event.ctrlKey ? 0.01 : 0.0022)), pointOf(element, event).x);
    },
    { signal, passive: false },
  );
  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      pressed = { id: event.pointerId, at: pointOf(element, event) };
      last = pressed.at;
      mode = 'press';
    },
    { signal },
  );
  element.addEventListener(
    'pointermove',
    (event) => {
      const point = pointOf(element, event);
      if (pressed?.id !== event.pointerId) {
        target.hover(point);
        return;
      }
      const dx = point.x - pressed.at.x;
      const dy = point.y - pressed.at.y;
      if (mode === 'press' && Math.hypot(dx, dy) >= dragThreshold) {
        mode = Math.abs(dy) > Math.abs(dx) * 1.5 ? 'upright' : 'free';
        element.style.cursor = 'grabbing';
        target.hover(null);
      }
      if (mode === 'upright' && Math.abs(dx) > sidewaysThreshold) {
        mode = 'free';
        last = { x: point.x, y: last.y };
      }
      if (mode === 'press') return;
      target.drag(mode === 'free' ? point.x - last.x : 0, point.y - last.y);
      last = point;
    },
    { signal },
  );
  const release = (event: PointerEvent): void => {
    if (pressed?.id !== event.pointerId) return;
    pressed = null;
    element.style.cursor = '';
    if (mode === 'press' && event.type === 'pointerup') target.click(pointOf(element, event));
    else target.dragEnd();
  };
  element.addEventListener('pointerup', release, { signal });
  element.addEventListener('pointercancel', release, { signal });
  element.addEventListener('pointerleave', () => target.hover(null), { signal });
  element.addEventListener('dblclick', (event) => target.doubleClick(pointOf(element, event)), { signal });
  element.addEventListener(
    'keydown',
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const action = keys[event.key];
      if (action === undefined) return;
      event.preventDefault();
      // The window has shortcuts of its own on some of these keys.
      event.stopPropagation();
      target.key(action);
    },
    { signal },
  );
  return () => controller.abort();
};

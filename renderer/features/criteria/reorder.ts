import { useCallback, useRef, useState, type PointerEvent, type RefObject } from 'react';

export interface Reordering {
  /** Index of what is dragged and the gap it would fall into (0 = before the first); null at rest. */
  readonly drag: { readonly from: number; readonly gap: number } | null;
  /** A pointer went down on the handle of item `from`. The same function for as long as `onMove` is. */
  readonly grip: (from: number, event: PointerEvent<HTMLElement>) => void;
}

/** Where in a list an item ends that is dropped into `gap`: its own place does not count. */
export const placeOfGap = (from: number, gap: number): number => (gap > from ? gap - 1 : gap);

/** Reorders the children of `list` by dragging handles; Escape ends a drag without a change. */
export const useReorder = (
  list: RefObject<HTMLElement | null>,
  onMove: (from: number, to: number) => void,
): Reordering => {
  const [drag, setDrag] = useState<Reordering['drag']>(null);
  const gap = useRef(0);

  const grip = useCallback(
    (from: number, down: PointerEvent<HTMLElement>): void => {
      if (down.button !== 0) return;
      down.preventDefault();
      const handle = down.currentTarget;
      handle.setPointerCapture(down.pointerId);

      const gapAt = (y: number): number =>
        [...(list.current?.children ?? [])].filter((child) => {
          const { top, height } = child.getBoundingClientRect();
          return y > top + height / 2;
        }).length;
      const move = (event: globalThis.PointerEvent): void => {
        gap.current = gapAt(event.clientY);
        setDrag({ from, gap: gap.current });
      };
      const end = (): void => {
        handle.removeEventListener('pointermove', move);
        handle.removeEventListener('pointerup', drop);
        handle.removeEventListener('pointercancel', end);
        window.removeEventListener('keydown', escape, true);
        setDrag(null);
      };
      const drop = (): void => {
        end();
        const to = placeOfGap(from, gap.current);
        if (to !== from) onMove(from, to);
      };
      const escape = (event: KeyboardEvent): void => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        end();
      };
      gap.current = from;
      handle.addEventListener('pointermove', move);
      handle.addEventListener('pointerup', drop);
      handle.addEventListener('pointercancel', end);
      window.addEventListener('keydown', escape, true);
    },
    [list, onMove],
  );

  return { drag, grip };
};

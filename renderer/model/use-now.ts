import { useCallback, useRef, useSyncExternalStore } from 'react';
import { present, useReplay } from '../store/replay.js';

/**
 * The present (ms since the epoch) for texts like "3 min ago"; renders every `everyMs` of it, and
 * where a replay is opened, closed or moved.
 */
export const useNow = (everyMs: number): number => {
  const now = useRef<number | null>(null);
  const subscribe = useCallback(
    (changed: () => void) => {
      const tick = (): void => {
        now.current = present();
        changed();
      };
      const timer = setInterval(tick, everyMs);
      const end = useReplay.subscribe(({ replay }, before) => {
        if (replay === before.replay) return;
        const passed = present() - (now.current ?? -Infinity);
        // One that plays is told of many times a second.
        if (replay?.playing !== true || passed < 0 || passed >= everyMs) tick();
      });
      return () => {
        clearInterval(timer);
        end();
      };
    },
    [everyMs],
  );
  return useSyncExternalStore(subscribe, () => (now.current ??= present()));
};

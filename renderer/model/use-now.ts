import { useCallback, useRef, useSyncExternalStore } from 'react';
import { present, useReplay } from '../store/replay.js';

/**
 * The present (ms since the epoch) for texts like "3 min ago"; renders every `everyMs`, and where a
 * replay is opened, closed or moved.
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
        if (replay !== before.replay) tick();
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

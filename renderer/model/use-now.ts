import { useCallback, useRef, useSyncExternalStore } from 'react';

/** The present (ms since the epoch) for texts like "3 min ago"; renders every `everyMs`. */
export const useNow = (everyMs: number): number => {
  const now = useRef<number | null>(null);
  const subscribe = useCallback(
    (changed: () => void) => {
      const timer = setInterval(() => {
        now.current = Date.now();
        changed();
      }, everyMs);
      return () => clearInterval(timer);
    },
    [everyMs],
  );
  return useSyncExternalStore(subscribe, () => (now.current ??= Date.now()));
};

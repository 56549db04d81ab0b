import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import styles from './Criteria.module.css';

export interface NearbyProps {
  /** Made at once, wherever it is. */
  readonly always: boolean;
  readonly children: ReactNode;
}

/** Makes its children once they come near the view, and keeps them from then on; before, it keeps their place. */
export const Nearby = ({ always, children }: NearbyProps): ReactElement => {
  const [seen, setSeen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const shown = always || seen;
  useEffect(() => {
    if (shown || place.current === null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
      },
      // A margin counts around the root alone, so that has to be what scrolls.
      { root: place.current.closest('[data-scrolls]'), rootMargin: '800px 0px' },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [shown]);
  return shown ? <>{children}</> : <div ref={place} className={styles['placeholder']} />;
};

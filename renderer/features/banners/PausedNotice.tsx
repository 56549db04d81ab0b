import type { ReactElement } from 'react';
import { useStatus } from '../../store/status.js';
import { useView } from '../../store/view.js';
import { Button } from '../../ui/Button.js';
import { Kbd } from '../../ui/Kbd.js';
import { text } from '../../ui/text.js';
import styles from './PausedNotice.module.css';

const words = text.banners;

/** Floats above the panels: one pauses to point at something, so nothing may move. */
export const PausedNotice = (): ReactElement | null => {
  const paused = useView((state) => state.pausedAt !== null);
  const resume = useView((state) => state.resume);
  const waiting = useStatus((state) => state.waitingEvents);
  if (!paused) return null;
  return (
    <div className={styles['notice']} role="status" data-testid="banner-paused">
      <p>{waiting === 0 ? words.paused : words.pausedWaiting(waiting)}</p>
      <Button size="small" onClick={resume}>
        {words.resume} <Kbd keys="Space" />
      </Button>
    </div>
  );
};

import { Maximize2, Minus, Pause, Play, Plus, SkipForward } from 'lucide-react';
import type { ReactElement, RefObject } from 'react';
import { calendarDate, clockTime, duration } from '../../model/time.js';
import { isReplaying } from '../../store/replay.js';
import { useView } from '../../store/view.js';
import type { TimelineView } from '../../timeline/timeline-view.js';
import { Button, IconButton } from '../../ui/Button.js';
import { TimelineLegend } from './TimelineLegend.js';
import { text } from './timeline-text.js';
import styles from './TimelinePane.module.css';
import { fitWholeLog, followNow } from './use-timeline-view.js';

const zoomStep = 1.6;

/** The range in words; its text changes with the last digit shown and no more often. */
const RangeLabel = (): ReactElement => {
  const label = useView(({ range: { from, to } }) => {
    const span = to - from;
    const digits = span < 10_000 ? 3 : 0;
    const sameDay = calendarDate(from) === calendarDate(to);
    const day = sameDay ? '' : `${calendarDate(from)} `;
    return `${day}${clockTime(from, digits)} – ${clockTime(to, digits)}|${duration(span)}`;
  });
  const [range, span] = label.split('|');
  return (
    <span className={styles['range']} title={`${range ?? ''}, ${span ?? ''}`} data-testid="timeline-range">
      {range}
      <span className={styles['span']}>{span}</span>
    </span>
  );
};

/** A replay is paused from its bar; here the view only stops going along with it. */
const standStill = (): void => {
  const { range, setRange, pause } = useView.getState();
  if (isReplaying()) setRange(range);
  else pause();
};

const FollowButton = (): ReactElement => {
  const following = useView((state) => state.following);
  const paused = useView((state) => state.pausedAt !== null);
  const resume = useView((state) => state.resume);
  if (paused) {
    return (
      <Button size="small" icon={<Play />} data-testid="timeline-follow" data-state="paused" onClick={resume}>
        {text.paused}
      </Button>
    );
  }
  return following ? (
    <Button
      size="small"
      look="quiet"
      icon={<Pause />}
      className={styles['following']}
      aria-pressed
      data-testid="timeline-follow"
      data-state="following"
      onClick={standStill}
    >
      {text.following}
    </Button>
  ) : (
    <Button
      size="small"
      icon={<SkipForward />}
      data-testid="timeline-follow"
      data-state="still"
      onClick={followNow}
    >
      {text.follow}
    </Button>
  );
};

export interface TimelineToolbarProps {
  readonly view: RefObject<TimelineView | null>;
  readonly shown: number;
  readonly total: number;
}

export const TimelineToolbar = ({ view, shown, total }: TimelineToolbarProps): ReactElement => (
  <div className={styles['toolbar']} role="toolbar" aria-label={text.title}>
    <span className={styles['title']}>{text.title}</span>
    <span className={styles['shown']} data-testid="timeline-count">
      {text.shown(shown, total)}
    </span>
    <span className={styles['spacer']} />
    <RangeLabel />
    <IconButton label={text.zoomOut} hint="-" size="small" onClick={() => view.current?.zoom(zoomStep, null)}>
      <Minus />
    </IconButton>
    <IconButton
      label={text.zoomIn}
      hint="="
      size="small"
      onClick={() => view.current?.zoom(1 / zoomStep, null)}
    >
      <Plus />
    </IconButton>
    <IconButton label={text.fit} hint="F" size="small" onClick={fitWholeLog}>
      <Maximize2 />
    </IconButton>
    <TimelineLegend />
    <FollowButton />
  </div>
);

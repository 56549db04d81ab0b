import { History, LoaderCircle, Pause, Play, RotateCcw, StepBack, StepForward, X } from 'lucide-react';
import { useLayoutEffect, useRef, type KeyboardEvent, type ReactElement } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { calendarDate, clockTime, stopwatch } from '../../model/time.js';
import { useNow } from '../../model/use-now.js';
import { useReplay, type Replay } from '../../store/replay.js';
import { useStatus } from '../../store/status.js';
import { Button, IconButton } from '../../ui/Button.js';
import { shortenMiddle } from '../../ui/middle.js';
import { Segments } from '../../ui/Segments.js';
import { Tooltip } from '../../ui/Tooltip.js';
import { text } from '../../ui/text.js';
import { TIMELINE_ID } from '../timeline/timeline-id.js';
import { closeReplay, seek, setSpeed, step, togglePause } from './playing.js';
import styles from './ReplayBar.module.css';

const words = text.replay;

/** How often the read-out moves while it plays (ms). */
const PLAYING_MS = 100;

/** Characters of the file's name; the whole is a hover away. */
const MOST_NAME = 32;

/** Steps of the keyboard, in ms; page keys move by this share of the whole. */
const STEP_MS = 1000;
const LARGE_STEP_MS = 10_000;
const PAGE_SHARE = 0.1;

/** Where a key moves the slider to (epoch ms); null: it is no such key. */
const movedByKey = (
  { key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>,
  at: number,
  { from, to }: Replay,
): number | null => {
  const by = shiftKey ? LARGE_STEP_MS : STEP_MS;
  const page = (to - from) * PAGE_SHARE;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return at - by;
    case 'ArrowRight':
    case 'ArrowUp':
      return at + by;
    case 'PageDown':
      return at - page;
    case 'PageUp':
      return at + page;
    case 'Home':
      return from;
    case 'End':
      return to;
    default:
      return null;
  }
};

/** Slider and read-out; rendered apart, as they move all the time. */
const Position = (): ReactElement | null => {
  const replay = useReplay((state) => state.replay);
  const target = useReplay((state) => state.target);
  const now = useNow(PLAYING_MS);
  if (replay === null) return null;
  const { from, to } = replay;
  const clamp = (ms: number): number => Math.min(to, Math.max(from, ms));
  const at = clamp(target ?? (replay.playing ? now : replay.at));
  const whole = Math.max(1, to - from);
  const into = stopwatch(at - from);
  const digits = whole < 10_000 ? 3 : 1;
  return (
    <>
      <input
        type="range"
        className={styles['slider']}
        style={{ '--played': `${String(((at - from) / whole) * 100)}%` } as Record<string, string>}
        aria-label={words.position}
        aria-valuetext={words.positionText(clockTime(at), into, stopwatch(whole))}
        data-testid="replay-slider"
        min={0}
        max={whole}
        step="any"
        value={at - from}
        onChange={(event) => seek(clamp(from + Number(event.currentTarget.value)))}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.altKey || event.metaKey) return;
          const moved = movedByKey(event, at, replay);
          if (moved === null) return;
          event.preventDefault();
          seek(clamp(moved));
        }}
      />
      <p className={styles['time']} data-testid="replay-time">
        <span className={styles['date']}>{calendarDate(at)}</span>
        <span>{clockTime(at, digits)}</span>
        <span className={styles['into']}>
          +{into} / {stopwatch(whole)}
        </span>
      </p>
    </>
  );
};

const speeds = words.speeds.map(({ value, label }) => ({
  value: String(value),
  label,
  note: words.speedOf(value),
}));

const Playing = (): ReactElement => {
  const disabled = useStatus((state) => state.connection !== 'connected');
  const { playing, speed, atStart, atEnd } = useReplay(
    useShallow(({ replay }) => ({
      playing: replay?.playing ?? false,
      speed: replay?.speed ?? 1,
      atStart: replay !== null && replay.at <= replay.from,
      atEnd: replay !== null && replay.at >= replay.to,
    })),
  );
  const through = !playing && atEnd;
  return (
    <>
      <div className={styles['buttons']}>
        <IconButton
          label={words.previous}
          hint=","
          size="small"
          disabled={disabled || atStart}
          data-testid="replay-previous"
          onClick={() => step('previous')}
        >
          <StepBack />
        </IconButton>
        <IconButton
          label={playing ? words.pause : through ? words.restart : words.play}
          hint="Space"
          look="plain"
          size="small"
          disabled={disabled}
          data-testid="replay-play"
          onClick={togglePause}
        >
          {playing ? <Pause /> : through ? <RotateCcw /> : <Play />}
        </IconButton>
        <IconButton
          label={words.next}
          hint="."
          size="small"
          disabled={disabled || atEnd}
          data-testid="replay-next"
          onClick={() => step('next')}
        >
          <StepForward />
        </IconButton>
      </div>
      <Segments
        label={words.speed}
        size="small"
        value={String(speed)}
        onValue={(speed) => setSpeed(Number(speed))}
        options={speeds}
      />
      <Position />
    </>
  );
};

const Bar = ({ file }: { readonly file: string }): ReactElement => {
  const bar = useRef<HTMLElement>(null);
  // The keyboard goes on in the timeline where it was in the bar that goes away.
  useLayoutEffect(() => {
    const element = bar.current;
    return () => {
      if (element?.contains(document.activeElement)) document.getElementById(TIMELINE_ID)?.focus();
    };
  }, []);
  return (
    <section ref={bar} className={styles['bar']} aria-label={words.title} data-testid="replay-bar">
      <Tooltip text={words.badgeHint}>
        <p className={styles['badge']} tabIndex={0}>
          <History aria-hidden="true" />
          {words.badge}
        </p>
      </Tooltip>
      <p className={styles['file']} title={file} data-testid="replay-file">
        {shortenMiddle(file, MOST_NAME)}
      </p>
      <Playing />
      <Button size="small" icon={<X />} data-testid="replay-close" onClick={closeReplay}>
        {words.close}
      </Button>
    </section>
  );
};

/** Under the header while a recording is shown in place of what is live: what it is, and how it is moved through. */
export const ReplayBar = (): ReactElement | null => {
  const file = useReplay((state) => state.replay?.file ?? null);
  const opening = useReplay((state) => state.opening);
  if (file === null) {
    return opening ? (
      <section className={styles['bar']} aria-label={words.title} data-testid="replay-opening">
        <LoaderCircle className={styles['busy']} aria-hidden="true" />
        <p role="status">{words.opening}</p>
      </section>
    ) : null;
  }
  return <Bar file={file} />;
};

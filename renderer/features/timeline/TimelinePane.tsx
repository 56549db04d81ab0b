import { Hourglass, SearchX } from 'lucide-react';
import {
  useEffect,
  useId,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactElement,
} from 'react';
import { windowApi } from '../../ipc/window-api.js';
import { useFilter } from '../../store/filter.js';
import { useLive } from '../../store/live.js';
import { useStatus } from '../../store/status.js';
import { rulerHeight } from '../../timeline/frame.js';
import { wheelPixels } from '../../timeline/gestures.js';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { EmptyState } from '../../ui/EmptyState.js';
import { text as common } from '../../ui/text.js';
import { LaneLabels } from './LaneLabels.js';
import styles from './TimelinePane.module.css';
import { TimelineTip } from './TimelineTip.js';
import { TimelineToolbar } from './TimelineToolbar.js';
import { TIMELINE_ID } from './timeline-id.js';
import { text } from './timeline-text.js';
import { fitWholeLog, useTimelineView, type VisibleRows } from './use-timeline-view.js';

const leastLabels = 150;
const mostLabels = 480;
const labelsKey = 'bindscope.timeline.labels';

const savedWidth = (): number => {
  const saved = Number(localStorage.getItem(labelsKey));
  return saved >= leastLabels && saved <= mostLabels ? saved : 240;
};

/** Nothing was bound yet; the filter leaves nothing; or nothing happened in the time in view. */
const NoLanes = ({ rows }: { readonly rows: VisibleRows }): ReactElement | null => {
  const filter = useFilter((state) => state.text);
  const setText = useFilter((state) => state.setText);
  const connection = useStatus((state) => state.connection);
  const { shown, total } = rows.layout;
  if (shown > 0) return null;
  if (total === 0) {
    const waiting = connection === 'waiting';
    return (
      <EmptyState
        icon={<Hourglass />}
        title={waiting ? common.centre.connectingTitle : common.centre.waitingTitle}
        testId="timeline-empty"
      >
        {waiting ? null : (
          <>
            <span>{common.centre.waitingText}</span>
            <span className={styles['command']}>
              <code>{common.centre.waitingCommand}</code>
              <CopyButton
                label={common.centre.copyCommand}
                onCopy={() => windowApi().invoke('clipboard:write', common.centre.waitingCommand)}
              />
            </span>
          </>
        )}
      </EmptyState>
    );
  }
  return filter.trim() === '' ? (
    <EmptyState title={text.nothingInViewTitle} testId="timeline-empty">
      <span>{text.nothingInViewText(total)}</span>
      <Button size="small" onClick={fitWholeLog}>
        {text.showAll}
      </Button>
    </EmptyState>
  ) : (
    <EmptyState icon={<SearchX />} title={text.noMatchTitle} testId="timeline-empty">
      <span>{text.noMatchText(total)}</span>
      <Button size="small" onClick={() => setText('')}>
        {text.clearFilter}
      </Button>
    </EmptyState>
  );
};

/** The timeline: lanes of processes, their sockets as bars, and the whole log below. */
export const TimelinePane = (): ReactElement => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const minimap = useRef<HTMLCanvasElement>(null);
  const labels = useRef<HTMLUListElement>(null);
  const sticky = useRef<HTMLUListElement>(null);
  const column = useRef<HTMLDivElement>(null);
  const thumb = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(savedWidth);
  const instructions = useId();
  const { view, rows, hovered } = useTimelineView({ canvas, minimap, labels, sticky, thumb });
  const sockets = useLive((state) => state.sockets.size);

  useEffect(() => {
    const element = column.current;
    if (element === null) return undefined;
    // React listens to the wheel passively, which cannot keep the page from scrolling.
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      view.current?.scroll(wheelPixels(event.deltaY, event.deltaMode));
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [view]);

  const setLabels = (next: number): number => {
    const px = Math.round(Math.min(mostLabels, Math.max(leastLabels, next)));
    setWidth(px);
    return px;
  };

  const resizeKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const by = (event.key === 'ArrowLeft' ? -1 : 1) * (event.shiftKey ? 40 : 8);
    event.preventDefault();
    event.stopPropagation();
    localStorage.setItem(labelsKey, String(setLabels(width + by)));
  };

  const resize = (event: PointerEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || column.current === null) return;
    const left = column.current.getBoundingClientRect().left;
    setLabels(event.clientX - left);
  };

  const scrollTo = (event: PointerEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || rows === null) return;
    const box = event.currentTarget.getBoundingClientRect();
    const size = thumb.current?.offsetHeight ?? 0;
    const share = (event.clientY - box.top - size / 2) / Math.max(1, box.height - size);
    view.current?.scrollTo(share * (rows.layout.height - box.height));
  };

  const layout = rows?.layout;
  return (
    <section className={styles['pane']} aria-label={text.title} data-testid="timeline">
      <TimelineToolbar view={view} shown={layout?.shown ?? 0} total={layout?.total ?? 0} />
      <div className={styles['body']} style={{ gridTemplateColumns: `${String(width)}px minmax(0, 1fr)` }}>
        <div ref={column} className={styles['labels']} style={{ paddingTop: rulerHeight }}>
          <div className={styles['clip']}>
            <LaneLabels list={labels} sticky={sticky} view={view} rows={rows} width={width} />
          </div>
          <div
            className={styles['splitter']}
            role="separator"
            aria-orientation="vertical"
            aria-label={text.resizeLabels}
            aria-valuenow={width}
            aria-valuemin={leastLabels}
            aria-valuemax={mostLabels}
            tabIndex={0}
            onKeyDown={resizeKey}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={resize}
            onPointerUp={() => localStorage.setItem(labelsKey, String(width))}
          />
        </div>
        <div className={styles['drawing']}>
          <canvas
            ref={canvas}
            id={TIMELINE_ID}
            className={styles['canvas']}
            tabIndex={0}
            role="application"
            aria-roledescription={text.roleDescription}
            aria-label={text.title}
            aria-describedby={instructions}
            data-testid="timeline-canvas"
          />
          <div
            className={styles['track']}
            style={{ top: rulerHeight }}
            aria-hidden="true"
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              scrollTo(event);
            }}
            onPointerMove={scrollTo}
          >
            <div ref={thumb} className={styles['thumb']} />
          </div>
          {rows === null ? null : (
            <div className={styles['nothing']} style={{ top: rulerHeight }}>
              <NoLanes rows={rows} />
            </div>
          )}
          <TimelineTip hovered={hovered} />
        </div>
        <span className={styles['mapLabel']}>{text.minimapShort}</span>
        <canvas
          ref={minimap}
          className={styles['minimap']}
          role="slider"
          tabIndex={0}
          aria-label={text.minimap}
          aria-description={text.minimapKeys}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={100}
          data-testid="timeline-minimap"
        />
      </div>
      <p id={instructions} className={styles['hidden']}>
        {text.summary(layout?.shown ?? 0, sockets)} {text.instructions}
      </p>
    </section>
  );
};

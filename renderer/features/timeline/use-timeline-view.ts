import { useEffect, useRef, useState, type RefObject } from 'react';
import { filterInForce } from '../../model/filter-in-force.js';
import { unmatchedGroup } from '../../model/lanes.js';
import { isUnknownOwner, type LaneKey } from '../../model/timeline-lane.js';
import { wholeLog } from '../../model/extent.js';
import { msOf } from '../../model/time.js';
import { useCriteria } from '../../store/criteria.js';
import { useFilter } from '../../store/filter.js';
import { useLive } from '../../store/live.js';
import { present, presentRate, useReplay, wholeReplay } from '../../store/replay.js';
import { useSelection, type Selection } from '../../store/selection.js';
import { useStatus } from '../../store/status.js';
import { DEFAULT_SPAN_MS, useView, viewNow } from '../../store/view.js';
import type { Highlight } from '../../timeline/frame.js';
import type { Point } from '../../timeline/gestures.js';
import type { Hit } from '../../timeline/hit-test.js';
import { TimelineView, type RowsInView, type TimelineHost } from '../../timeline/timeline-view.js';
import { clearOrLeave, seek, togglePause } from '../replay/playing.js';
import { useLaneChoices } from './lane-choices.js';
import { LaneLayouter } from './lane-layouter.js';
import { timelineFeed } from './timeline-feed-instance.js';

/** What of the layout is in view, for the labels. A new object only when they change. */
export type VisibleRows = RowsInView;

export interface Hovered {
  readonly hit: Hit;
  readonly point: Point;
  /** CSS pixels of the drawing the point lies in. */
  readonly room: { readonly width: number; readonly height: number };
}

export interface TimelineParts {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly minimap: RefObject<HTMLCanvasElement | null>;
  readonly labels: RefObject<HTMLUListElement | null>;
  readonly sticky: RefObject<HTMLUListElement | null>;
  readonly thumb: RefObject<HTMLDivElement | null>;
}

/** Labels are rendered this many rows beyond what is in view, so that scrolling rarely renders. */
const overscan = 12;

const nothing: Highlight = { process: null, socket: null, event: null };

const highlightOf = (selected: Selection | null): Highlight => {
  const { log } = timelineFeed();
  switch (selected?.kind) {
    case 'process':
      return { ...nothing, process: selected.key };
    case 'socket': {
      const row = useLive.getState().sockets.get(selected.key);
      const owner = row?.binder ?? row?.holders[0] ?? log.ownerOf(selected.key);
      return { ...nothing, process: owner, socket: selected.key };
    }
    case 'event': {
      const event = useLive.getState().events.bySeq(selected.key);
      const process = event !== undefined && 'process' in event ? event.process : null;
      return { process: process?.key ?? null, socket: null, event: selected.key };
    }
    case 'criterion':
    case undefined:
      return nothing;
  }
};

/** What a click on something selects; null: nothing there to select. */
export const selectionOf = (hit: Hit | null): Selection | null => {
  switch (hit?.kind) {
    case 'bar': {
      const socket = timelineFeed().log.intervals.socket[hit.id];
      if (socket !== undefined && hit.count === 1) return { kind: 'socket', key: socket.key };
      return selectLane(hit.row.lane.key);
    }
    case 'failed':
      return { kind: 'event', key: hit.mark.event.seq };
    case 'life':
      return hit.mark.kind === 'exec'
        ? { kind: 'event', key: hit.mark.event.seq }
        : selectLane(hit.row.lane.key);
    case 'lane':
      return selectLane(hit.row.lane.key);
    case 'gap':
    case 'group':
    case 'ruler':
    case undefined:
      return null;
  }
};

const selectLane = (key: LaneKey): Selection | null =>
  isUnknownOwner(key) ? null : { kind: 'process', key };

export const fitWholeLog = (): void => {
  const { replay } = useReplay.getState();
  if (replay !== null) {
    useView.getState().setRange(wholeReplay(replay));
    return;
  }
  const { events } = useLive.getState();
  const view = useView.getState();
  const now = viewNow(view);
  const since = useStatus.getState().status?.recordingSince;
  view.setRange(wholeLog(events, since === undefined ? now : msOf(since), now));
};

/** Narrower than this (ms) a range is for looking at one moment; what happens now would rush through it. */
const leastFollowed = 2000;

export const followNow = (): void => {
  const { range, setRange, follow } = useView.getState();
  if (range.to - range.from < leastFollowed) setRange({ from: range.to - DEFAULT_SPAN_MS, to: range.to });
  follow();
};

/** Runs a {@link TimelineView} on the elements for as long as the component lives. */
export const useTimelineView = (
  parts: TimelineParts,
): {
  readonly view: RefObject<TimelineView | null>;
  readonly rows: VisibleRows | null;
  readonly hovered: Hovered | null;
} => {
  const view = useRef<TimelineView | null>(null);
  const [rows, setRows] = useState<VisibleRows | null>(null);
  const [hovered, setHovered] = useState<Hovered | null>(null);
  const { canvas, minimap, labels, sticky, thumb } = parts;

  useEffect(() => {
    if (canvas.current === null || minimap.current === null) return undefined;
    if (labels.current === null || sticky.current === null) return undefined;
    const feed = timelineFeed();
    const request = (): void => view.current?.request();
    const layouter = new LaneLayouter(request);
    let { log } = feed;
    let { structure } = log;
    let shown: VisibleRows | null = null;
    let highlight = highlightOf(useSelection.getState().selected);
    // Set while a click here selects, so that the lane clicked on is not scrolled about.
    let selecting = false;

    const host: TimelineHost = {
      view: () => useView.getState(),
      now: present,
      rate: presentRate,
      extent: () => {
        const { replay } = useReplay.getState();
        return replay === null ? null : wholeReplay(replay);
      },
      setRange: (range) => useView.getState().setRange(range),
      zoomFollowing: (factor) => useView.getState().zoomBy(factor, present()),
      follow: followNow,
      togglePause,
      tick: (now) => useView.getState().tick(now),
      fit: fitWholeLog,
      layout: (range) =>
        layouter.layout(
          {
            log: feed.log,
            criteria: useCriteria.getState().list,
            filter: filterInForce(useFilter.getState().text),
            choices: useLaneChoices.getState(),
          },
          range,
          performance.now(),
        ),
      hueOf: (group) => (group === unmatchedGroup ? null : (useCriteria.getState().hues.get(group) ?? null)),
      selected: () => highlight,
      hovered: (hit, point) =>
        setHovered(() => {
          if (hit === null || hit.kind === 'ruler' || hit.kind === 'group') return null;
          const { clientWidth: width, clientHeight: height } = canvas.current ?? {
            clientWidth: 0,
            clientHeight: 0,
          };
          return { hit, point, room: { width, height } };
        }),
      seek,
      escape: clearOrLeave,
      select: (hit) => {
        if (hit?.kind === 'group') {
          useLaneChoices.getState().toggleGroup(hit.row.id);
          return;
        }
        const selection = selectionOf(hit);
        selecting = true;
        if (selection === null) useSelection.getState().clear();
        else useSelection.getState().select(selection);
        selecting = false;
      },
      showRows: (inView) => {
        const { layout, first, last, cursor } = inView;
        const from = Math.max(0, first - overscan);
        const to = Math.min(layout.rows.length, last + 1 + overscan);
        const enough =
          shown !== null &&
          shown.layout === layout &&
          shown.cursor === cursor &&
          shown.sticky === inView.sticky &&
          shown.first <= Math.max(0, first) &&
          shown.last >= Math.min(layout.rows.length, last + 1);
        if (enough) return;
        shown = { ...inView, first: from, last: to };
        setRows(shown);
      },
      scrolled: (scrollTop, viewport, height) => {
        if (thumb.current === null) return;
        const { style } = thumb.current;
        if (height <= viewport) {
          style.display = 'none';
          return;
        }
        const size = Math.max(24, (viewport / height) * viewport);
        style.display = 'block';
        style.height = `${String(size)}px`;
        style.transform = `translateY(${String((scrollTop / (height - viewport)) * (viewport - size))}px)`;
      },
    };

    view.current = new TimelineView(() => feed.log, host, {
      canvas: canvas.current,
      minimap: minimap.current,
      labels: labels.current,
      sticky: sticky.current,
    });
    const ends = [
      feed.subscribe(() => {
        // Events of processes without a lane change nothing here but the minimap.
        if (feed.log === log && feed.log.structure === structure) return;
        ({ log } = feed);
        ({ structure } = log);
        request();
      }),
      useView.subscribe((state, before) => {
        // While following the drawing moves by itself and tells the store, not the other way round.
        const only = state.following && before.following && state.pausedAt === before.pausedAt;
        const zoomed = state.range.to - state.range.from !== before.range.to - before.range.from;
        if (!only || zoomed) request();
      }),
      useReplay.subscribe(request),
      useCriteria.subscribe(request),
      useFilter.subscribe(request),
      useLaneChoices.subscribe(request),
      useSelection.subscribe(({ selected }) => {
        highlight = highlightOf(selected);
        if (!selecting && highlight.process !== null) view.current?.reveal(highlight.process);
        request();
      }),
    ];
    return () => {
      for (const end of ends) end();
      layouter.stop();
      view.current?.destroy();
      view.current = null;
    };
  }, [canvas, minimap, labels, sticky, thumb]);

  return { view, rows, hovered };
};

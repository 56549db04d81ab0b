import {
  firstRowBelow,
  laneHeight,
  stickyGroup,
  type GroupId,
  type GroupRow,
  type LaneLayout,
  type LaneRow,
} from '../model/lanes.js';
import { clockTime } from '../model/time.js';
import type { LaneKey } from '../model/timeline-lane.js';
import type { TimelineLog } from '../model/timeline-log.js';
import { FrameScheduler } from './frame-scheduler.js';
import { rightMargin, rulerHeight, type Frame, type Highlight } from './frame.js';
import { listenToGestures, type GestureTarget, type KeyAction, type Point } from './gestures.js';
import { hitTest, type Hit } from './hit-test.js';
import { listenToMinimap } from './minimap-gestures.js';
import { forgetTextWidths } from './paint-bars.js';
import { paintTimeline } from './paint-lanes.js';
import { loggedRange, minimapWindow, paintMinimap } from './paint-minimap.js';
import { Surface } from './surface.js';
import { onThemeChange, readTheme, type Theme } from './theme.js';
import { padded, TimeScale, zoomed, type TimeRange } from './time-scale.js';

export interface ViewNow {
  readonly range: TimeRange;
  readonly following: boolean;
  readonly pausedAt: number | null;
}

export interface RowsInView {
  readonly layout: LaneLayout;
  readonly first: number;
  readonly last: number;
  readonly cursor: LaneKey | null;
  /** The header that stays above its lanes. */
  readonly sticky: GroupRow | null;
}

/** What the timeline asks of the window around it. It holds no state of the application itself. */
export interface TimelineHost {
  view(): ViewNow;
  /** Epoch ms: the present of what is shown, and how many ms of it pass in one ms (0: it stands still). */
  now(): number;
  rate(): number;
  /** What the minimap spans where it is known beforehand; null: the log up to now. */
  extent(): TimeRange | null;
  setRange(range: TimeRange): void;
  /** Zooms and goes on following. */
  zoomFollowing(factor: number): void;
  follow(): void;
  togglePause(): void;
  /** Following: the range ends at `now`. Called now and then, not with every frame. */
  tick(now: number): void;
  fit(): void;
  /** A new layout where the data or the choices changed since the last; else the same object. */
  layout(range: TimeRange): LaneLayout;
  hueOf(group: GroupId): number | null;
  selected(): Highlight;
  /** `point`: of the pointer within the canvas. */
  hovered(hit: Hit | null, point: Point): void;
  select(hit: Hit | null): void;
  /** Moves a replay to a moment (epoch ms). */
  seek(time: number): void;
  /** Away from what is selected, or from where one is. */
  escape(): void;
  /** Rows of the layout that are in view, for the labels beside the drawing. */
  showRows(rows: RowsInView): void;
  scrolled(scrollTop: number, viewport: number, height: number): void;
}

export interface TimelineElements {
  readonly canvas: HTMLCanvasElement;
  readonly minimap: HTMLCanvasElement;
  /** Moved up and down together with the drawing. */
  readonly labels: HTMLElement;
  /** Of the header that stays at the upper edge; moved when the next one pushes it out. */
  readonly sticky: HTMLElement;
}

/** Following, a zoom this near to now (share of the width) keeps its right edge there. */
const nearNow = 0.15;
/** Following, the picture moves by whole pixels, in steps no shorter than this (ms). */
const followStep = 40;
/** The same while nothing happens and nobody points at it: whoever leaves it open pays little. */
const quietStep = 500;
/** What happens keeps the picture moving smoothly for so long (ms). */
const livelyFor = 2500;
/** Standing still, bars that are open grow this often (ms) at most; the minimap at least this often. */
const stillStep = 500;
const minimapStep = 1000;

/** The view is drawn smoothly from the clock; the store is told of it no more often than this, in ms. */
const tellEvery = 250;

/**
 * The timeline on its canvases. Call `request` when anything that `host` or the log's lanes say has
 * changed; in between there is only the drift of following: a frame a pixel while something happens,
 * two a second when nothing does. New events alone show in the minimap with the next of these.
 */
export class TimelineView implements GestureTarget {
  private readonly main: Surface;
  private readonly map: Surface;
  private readonly scheduler = new FrameScheduler(() => this.draw());
  private readonly ends: (() => void)[] = [];
  private theme: Theme;
  private themeRead = 0;
  private frame: Frame | null = null;
  private scrollTop = 0;
  private pointer: Point | null = null;
  private hoveredLane: LaneKey | null = null;
  private cursor: LaneKey | null = null;
  /** The host was told of something under the pointer, and not yet that the pointer left. */
  private hovering = false;
  private toldAt = 0;
  /** By `performance.now()`. */
  private livelyUntil = 0;
  private structureDrawn = -1;
  private minimapDrawn = '';
  private anchor: { readonly key: LaneKey; readonly y: number } | null = null;

  constructor(
    private readonly log: () => TimelineLog,
    private readonly host: TimelineHost,
    private readonly elements: TimelineElements,
  ) {
    this.main = new Surface(elements.canvas);
    this.map = new Surface(elements.minimap);
    this.theme = readTheme(elements.canvas);
    const request = (): void => this.request();
    const resize = new ResizeObserver(request);
    resize.observe(elements.canvas);
    resize.observe(elements.minimap);
    const ratio = matchMedia(`(resolution: ${String(devicePixelRatio)}dppx)`);
    ratio.addEventListener('change', request);
    document.fonts.addEventListener('loadingdone', this.fontsCame);
    this.ends.push(
      () => resize.disconnect(),
      () => ratio.removeEventListener('change', request),
      () => document.fonts.removeEventListener('loadingdone', this.fontsCame),
      onThemeChange(() => {
        this.theme = readTheme(elements.canvas);
        this.themeRead += 1;
        this.request();
      }),
      listenToGestures(elements.canvas, this),
      listenToMinimap(elements.minimap, {
        scale: () => this.mapScale(),
        view: () => this.range(),
        show: (range) => this.show(range),
        zoom: (factor) => this.zoom(factor, null),
        toStart: () => this.key('start'),
        toNow: () => this.host.follow(),
      }),
    );
    this.request();
  }

  destroy(): void {
    this.scheduler.stop();
    for (const end of this.ends) end();
  }

  request(): void {
    this.scheduler.request();
  }

  /** As `request`, for what a person did: smooth for a while. */
  private respond(): void {
    this.livelyUntil = performance.now() + livelyFor;
    this.scheduler.request();
  }

  /** The pointer is on this lane's label. */
  hoverLane(key: LaneKey | null): void {
    this.hoveredLane = key;
    this.respond();
  }

  /** Scrolls a lane into view. */
  reveal(key: LaneKey): void {
    const row = this.frame?.layout.rows.find(
      (candidate) => candidate.kind === 'lane' && candidate.lane.key === key,
    );
    if (row === undefined) return;
    const room = this.main.height - rulerHeight;
    // Its group's header lies over the first row.
    if (row.top - laneHeight < this.scrollTop) this.scrollTo(row.top - laneHeight);
    else if (row.top + row.height > this.scrollTop + room) this.scrollTo(row.top + row.height - room);
  }

  scrollTo(top: number): void {
    this.scrollTop = top;
    this.anchor = null;
    this.respond();
  }

  zoom(factor: number, x: number | null): void {
    const { following, pausedAt } = this.host.view();
    const scale = this.scale();
    const live = following && pausedAt === null;
    const atNow = x === null || x >= scale.width * (1 - nearNow) || factor > 1;
    if (live && atNow) this.host.zoomFollowing(factor);
    else this.show(zoomed(scale.range, factor, scale.time(x ?? scale.width / 2)));
    this.respond();
  }

  pan(pixels: number): void {
    if (pixels === 0) return;
    const scale = this.scale();
    const ms = pixels * scale.msPerPixel;
    this.show({ from: scale.range.from + ms, to: scale.range.to + ms });
  }

  scroll(pixels: number): void {
    this.scrollTo(this.scrollTop + pixels);
  }

  drag(dx: number, dy: number): void {
    if (dx !== 0) this.pan(-dx);
    if (dy !== 0) this.scroll(-dy);
  }

  dragEnd(): void {
    this.respond();
  }

  hover(point: Point | null): void {
    this.pointer = point;
    this.respond();
  }

  click(point: Point): void {
    const hit = this.hitAt(point);
    if (hit !== null && 'row' in hit && hit.row?.kind === 'lane') this.cursor = null;
    if (hit?.kind === 'ruler' && this.replaying()) this.host.seek(this.scale().time(point.x));
    else this.host.select(hit);
    this.respond();
  }

  doubleClick(point: Point): void {
    const hit = this.hitAt(point);
    if (hit?.kind === 'bar') {
      const { start, end } = this.log().intervals;
      const from = start[hit.id] ?? 0;
      this.show(padded({ from, to: Math.min(end[hit.id] ?? Infinity, this.now()) }, 0.2, 4));
    } else if (hit?.kind === 'failed' || hit?.kind === 'life') {
      const { time } = hit.mark;
      this.show(padded({ from: time, to: time }, 0, this.scale().span / 8));
    } else this.zoom(0.5, point.x);
  }

  key(action: KeyAction): void {
    const { width } = this.scale();
    const page = Math.max(60, this.main.height - rulerHeight - 44);
    switch (action) {
      case 'left':
        this.pan(-width / 10);
        break;
      case 'right':
        this.pan(width / 10);
        break;
      case 'up':
        this.moveCursor(-1);
        break;
      case 'down':
        this.moveCursor(1);
        break;
      case 'pageUp':
        this.scroll(-page);
        break;
      case 'pageDown':
        this.scroll(page);
        break;
      case 'zoomIn':
        this.zoom(1 / 1.5, null);
        break;
      case 'zoomOut':
        this.zoom(1.5, null);
        break;
      case 'start': {
        const { from } = this.log();
        const { span } = this.scale();
        if (!Number.isNaN(from)) this.show({ from: from - span * 0.02, to: from + span * 0.98 });
        break;
      }
      case 'end':
        this.host.follow();
        break;
      case 'fit':
        this.host.fit();
        break;
      case 'togglePause':
        this.host.togglePause();
        break;
      case 'select': {
        const row = this.cursorRow();
        if (row !== undefined) this.host.select({ kind: 'lane', row });
        break;
      }
      case 'escape':
        this.cursor = null;
        this.host.escape();
        this.request();
        break;
    }
  }

  private readonly fontsCame = (): void => {
    forgetTextWidths();
    this.request();
  };

  private moveCursor(step: number): void {
    const lanes = this.frame?.layout.rows.filter((row) => row.kind === 'lane') ?? [];
    const at = lanes.findIndex((row) => row.lane.key === this.cursor);
    const next = lanes[at < 0 ? (step > 0 ? 0 : lanes.length - 1) : at + step];
    if (next === undefined) return;
    this.cursor = next.lane.key;
    this.reveal(next.lane.key);
    this.respond();
  }

  private cursorRow(): LaneRow | undefined {
    return this.frame?.layout.rows.find(
      (row): row is LaneRow => row.kind === 'lane' && row.lane.key === this.cursor,
    );
  }

  private show(range: TimeRange): void {
    this.host.setRange(range);
    this.respond();
  }

  /** Epoch ms: the present, or the moment of the pause. */
  private now(): number {
    return this.host.view().pausedAt ?? this.host.now();
  }

  /** Where it begins and ends is known beforehand. */
  private replaying(): boolean {
    return this.host.extent() !== null;
  }

  /** What is on the screen now: the store's range, moved on to this moment while following. */
  private range(): TimeRange {
    const { range, following, pausedAt } = this.host.view();
    if (!following || pausedAt !== null) return range;
    const now = this.host.now();
    return { from: now - (range.to - range.from), to: now };
  }

  private mapScale(): TimeScale {
    return new TimeScale(this.host.extent() ?? loggedRange(this.log(), this.now()), this.map.width);
  }

  private scale(): TimeScale {
    return new TimeScale(this.range(), Math.max(1, this.main.width - rightMargin));
  }

  private hitAt({ x, y }: Point): Hit | null {
    return this.frame === null ? null : hitTest(this.frame, x, y);
  }

  /** Draws a frame. Returns in how many ms the next is due. */
  private draw(): number {
    this.main.fit();
    this.map.fit();
    if (this.main.width === 0 || this.main.height === 0) return Infinity;
    const view = this.host.view();
    const live = view.following && view.pausedAt === null;
    const now = this.now();
    const range = this.range();
    if (
      live &&
      Math.abs(now - this.toldAt) >= Math.max(tellEvery, Math.min(1000, (range.to - range.from) / 60))
    ) {
      this.toldAt = now;
      this.host.tick(now);
    }
    const inner = new TimeScale(range, Math.max(1, this.main.width - rightMargin));
    const scale = new TimeScale({ from: range.from, to: inner.time(this.main.width) }, this.main.width);
    const layout = this.host.layout(scale.range);
    const { structure } = this.log();
    if (structure !== this.structureDrawn) this.livelyUntil = performance.now() + livelyFor;
    this.structureDrawn = structure;
    this.keepAnchor(layout);

    const frame: Frame = {
      surface: this.main,
      theme: this.theme,
      scale,
      now,
      // The line of now is what one moves.
      following: live || this.replaying(),
      log: this.log(),
      layout,
      scrollTop: this.scrollTop,
      sticky: stickyGroup(layout.rows, this.scrollTop),
      hueOf: (group) => this.host.hueOf(group),
      selected: this.host.selected(),
      hovered: this.hoveredLane,
      cursor: this.cursor,
      pointerX: this.pointer?.x ?? null,
    };
    const hit = this.pointer === null ? null : hitTest(frame, this.pointer.x, this.pointer.y);
    const over = hit !== null && 'row' in hit && hit.row?.kind === 'lane' ? hit.row.lane.key : null;
    this.frame = this.pointer === null ? frame : { ...frame, hovered: over };
    paintTimeline(this.frame);
    if (this.pointer !== null || this.hovering) {
      this.hovering = this.pointer !== null;
      this.host.hovered(hit, this.pointer ?? { x: 0, y: 0 });
    }
    if (this.pointer !== null) {
      const still = hit?.kind === 'ruler' && !this.replaying();
      const grab = hit === null || hit.kind === 'lane' || hit.kind === 'gap' || still;
      if (this.elements.canvas.style.cursor !== 'grabbing') {
        this.elements.canvas.style.cursor = grab ? 'default' : 'pointer';
      }
    }

    this.drawMinimap(range, now);
    this.placeLabels(frame);

    if (view.pausedAt !== null) return Infinity;
    const rate = this.host.rate();
    if (rate === 0) return Infinity;
    const pixel = inner.msPerPixel / rate;
    const replaying = this.replaying();
    const lively = performance.now() < this.livelyUntil || replaying;
    const nowInView = now >= scale.range.from && now <= scale.range.to;
    if (live || (replaying && nowInView)) {
      return pixel * Math.ceil((lively ? followStep : quietStep) / pixel);
    }
    return nowInView ? Math.min(minimapStep, Math.max(stillStep, pixel)) : minimapStep;
  }

  /** Draws the minimap where a pixel of it has changed. */
  private drawMinimap(range: TimeRange, now: number): void {
    if (this.map.width === 0) return;
    const log = this.log();
    const scale = this.mapScale();
    const { x0, x1 } = minimapWindow(scale, range);
    const { width, height, ratio } = this.map;
    const pixel = (x: number): number => Math.round(x * ratio);
    const picture = [
      ...[width, height, ratio, log.revision, pixel(x0), pixel(x1)],
      pixel(now / scale.msPerPixel),
      this.themeRead,
    ].join(' ');
    if (picture === this.minimapDrawn) return;
    this.minimapDrawn = picture;
    paintMinimap({ surface: this.map, theme: this.theme, log, scale, view: range, now });
    const { minimap } = this.elements;
    minimap.ariaValueNow = String(Math.round(((x0 + x1) / 2 / scale.width) * 100));
    minimap.ariaValueText = `${clockTime(range.from)} – ${clockTime(range.to)}`;
  }

  /** Keeps the lane under the pointer (or the first in view) where it is while others come and go. */
  private keepAnchor(layout: LaneLayout): void {
    const room = this.main.height - rulerHeight;
    const most = Math.max(0, layout.height - room);
    if (this.frame !== null && this.frame.layout !== layout && this.anchor !== null) {
      const { key, y } = this.anchor;
      const row = layout.rows.find((candidate) => candidate.kind === 'lane' && candidate.lane.key === key);
      if (row !== undefined) this.scrollTop = row.top - y;
    }
    this.scrollTop = Math.round(Math.min(most, Math.max(0, this.scrollTop)));
    const at = this.pointer === null ? 0 : Math.max(0, this.pointer.y - rulerHeight);
    // At the very top new groups may push the first lane down: that is where one looks for what is new.
    if (this.pointer === null && this.scrollTop === 0) {
      this.anchor = null;
      return;
    }
    let index = firstRowBelow(layout.rows, this.scrollTop + at);
    while (layout.rows[index]?.kind === 'group') index += 1;
    const row = layout.rows[index];
    this.anchor = row?.kind === 'lane' ? { key: row.lane.key, y: row.top - this.scrollTop } : null;
  }

  private placeLabels({ layout, sticky }: Frame): void {
    const room = this.main.height - rulerHeight;
    const first = firstRowBelow(layout.rows, this.scrollTop);
    const last = firstRowBelow(layout.rows, this.scrollTop + room);
    this.elements.labels.style.transform = `translateY(${String(-this.scrollTop)}px)`;
    this.elements.sticky.style.transform = `translateY(${String(sticky?.offset ?? 0)}px)`;
    this.host.showRows({ layout, first, last, cursor: this.cursor, sticky: sticky?.row ?? null });
    this.host.scrolled(this.scrollTop, room, layout.height);
  }
}

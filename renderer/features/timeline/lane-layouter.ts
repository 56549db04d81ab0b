import type { Criterion } from '../../../contract/index.js';
import type { Filter } from '../../model/filter.js';
import { layoutLanes, type LaneLayout, type TimelineRow } from '../../model/lanes.js';
import type { TimelineLog } from '../../model/timeline-log.js';
import type { TimeRange } from '../../timeline/time-scale.js';
import type { LaneChoices } from './lane-choices.js';

/** What a layout depends on beside the log; compared by identity. */
export interface LayoutInput {
  readonly log: TimelineLog;
  readonly criteria: readonly Criterion[];
  readonly filter: Filter;
  readonly choices: LaneChoices;
}

/** Lanes that come and go with the time in view are looked for this often, in ms. */
const rangeEvery = 400;
/** What the data changes is laid out at most this often, in ms. */
const dataEvery = 60;

const sameRow = (a: TimelineRow, b: TimelineRow | undefined): boolean => {
  if (a.top !== b?.top || a.height !== b.height) return false;
  if (a.kind === 'lane') return b.kind === 'lane' && a.lane === b.lane && a.group === b.group;
  return b.kind === 'group' && a.id === b.id && a.name === b.name && a.count === b.count;
};

const sameLayout = (a: LaneLayout, b: LaneLayout): boolean =>
  a.rows.length === b.rows.length &&
  a.total === b.total &&
  a.rows.every((row, index) => sameRow(row, b.rows[index]));

/** Lays lanes out again only where something changed, and not with every frame of a busy log. */
export class LaneLayouter {
  private current: LaneLayout = { rows: [], height: 0, total: 0, shown: 0 };
  private input: LayoutInput | null = null;
  private structure = -1;
  private range: TimeRange = { from: 0, to: 0 };
  private at = -Infinity;
  private timer: ReturnType<typeof setTimeout> | null = null;

  /** `again` is called when a layout that was put off is due. */
  constructor(private readonly again: () => void) {}

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** `now`: of a clock that only rises, in ms. The same object comes back when nothing changed. */
  layout(input: LayoutInput, range: TimeRange, now: number): LaneLayout {
    const asked =
      input.log !== this.input?.log ||
      input.criteria !== this.input.criteria ||
      input.filter !== this.input.filter ||
      input.choices !== this.input.choices;
    const data = input.log.structure !== this.structure;
    const moved = input.choices.onlyActive && (range.from !== this.range.from || range.to !== this.range.to);
    if (!asked && !data && !moved) return this.current;
    const wait = asked ? 0 : this.at + (data ? dataEvery : rangeEvery) - now;
    if (wait > 0) {
      this.timer ??= setTimeout(() => {
        this.timer = null;
        this.again();
      }, wait);
      return this.current;
    }
    const next = layoutLanes(input.log, {
      criteria: input.criteria,
      filter: input.filter,
      within: input.choices.onlyActive ? range : null,
      collapsed: input.choices.collapsed,
      expanded: input.choices.expanded,
    });
    // Labels show more than the layout, so any change of the data must give them a new one.
    if (asked || data || !sameLayout(next, this.current)) this.current = next;
    this.input = input;
    this.structure = input.log.structure;
    this.range = range;
    this.at = now;
    return this.current;
  }
}

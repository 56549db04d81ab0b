import { memo, type ReactElement } from 'react';
import { chipsOf, maxClosedChips, maxTracks, type LaneRow, type PortChip } from '../../model/lanes.js';
import { laneActivity } from '../../model/activity.js';
import { bytesText } from '../../model/quantity.js';
import type { IntervalTable } from '../../model/timeline-intervals.js';
import { isUnknownOwner, type LaneKey } from '../../model/timeline-lane.js';
import { useActivity } from '../../store/activity.js';
import { Sparkline } from '../../ui/Sparkline.js';
import { text as common } from '../../ui/text.js';
import styles from './Lanes.module.css';
import { text } from './timeline-text.js';

export interface LaneLabelProps {
  readonly row: LaneRow;
  readonly table: IntervalTable;
  /** Of the lane: rises when what the label shows may have changed. */
  readonly version: number;
  readonly exited: boolean;
  readonly criterion: string | null;
  /** Its connections are counted. */
  readonly counted: boolean;
  readonly selected: boolean;
  readonly cursor: boolean;
  readonly expanded: boolean;
  /** CSS pixels of the column. */
  readonly width: number;
  readonly onSelect: (row: LaneRow) => void;
  readonly onHover: (row: LaneRow | null) => void;
  readonly onToggleTracks: (row: LaneRow) => void;
}

/** CSS pixels: a character of the mono face at 11 px, a chip's own padding and gap, and the row's. */
const character = 6.7;
const chipPadding = 12;
const rowPadding = 50;
/** The name is cut to no less than this for the chips. */
const leastName = 74;

/** CSS pixels of the sparkline, and with the gap before it. */
const sparkWidth = 32;
const sparkHeight = 12;
const sparkRoom = sparkWidth + 8;

/** Rendered apart: it changes every second where there is traffic, and nothing else of the label does. */
const LaneSparkline = ({ lane }: { readonly lane: LaneKey }): ReactElement | null => {
  const activity = useActivity((state) => (isUnknownOwner(lane) ? undefined : state.processes.get(lane)));
  if (activity === undefined) return null;
  const { kind, values, total } = laneActivity(activity);
  const label =
    kind === 'connections'
      ? common.activity.lane(Math.round(total))
      : common.activity.laneBytes(bytesText(total));
  return (
    <span className={styles['spark']} title={label} data-kind={kind} data-testid="lane-activity">
      <Sparkline values={values} width={sparkWidth} height={sparkHeight} label={label} />
    </span>
  );
};

/** How many chips fit beside the name; the rest is a number and a hover away. */
const fitting = (chips: readonly PortChip[], name: string, pid: number | null, width: number): number => {
  const taken = rowPadding + Math.min(name.length * 6.5, leastName) + String(pid ?? '').length * character;
  let room = width - taken;
  const shown = chips.findIndex(({ port }, index) => {
    room -= (String(port).length + 1) * character + chipPadding;
    const more = index < chips.length - 1 ? 3 * character : 0;
    return room < more;
  });
  return shown < 0 ? chips.length : Math.max(1, shown);
};

const Label = ({
  row,
  table,
  exited,
  criterion,
  counted,
  selected,
  cursor,
  expanded,
  width,
  onSelect,
  onHover,
  onToggleTracks,
}: LaneLabelProps): ReactElement => {
  const { lane } = row;
  const chips = chipsOf(lane, table);
  const { name } = lane;
  const chipsShown = fitting(chips, name, lane.pid, counted ? width - sparkRoom : width);
  const cut = chips.filter(({ state }) => state === 'closed').length >= maxClosedChips;
  const hidden = lane.tracks.length - maxTracks;
  const spoken = [
    name,
    lane.pid === null ? null : `PID ${String(lane.pid)}`,
    criterion === null ? null : text.matchedBy(criterion),
    exited ? text.exited : null,
    ...chips.map(({ port, state }) => `:${String(port)} ${state}`),
  ].filter((part) => part !== null);
  return (
    <li
      className={styles['lane']}
      style={{ top: row.top, height: row.height }}
      data-testid="timeline-lane"
      data-pid={lane.pid ?? undefined}
      data-criterion={criterion ?? undefined}
      data-exited={exited ? '' : undefined}
      data-selected={selected ? '' : undefined}
      data-cursor={cursor ? '' : undefined}
      aria-label={spoken.join(', ')}
      onPointerEnter={() => onHover(row)}
      onPointerLeave={() => onHover(null)}
    >
      <button
        type="button"
        className={styles['laneButton']}
        tabIndex={-1}
        aria-pressed={selected}
        title={lane.process?.executable ?? name}
        onClick={() => onSelect(row)}
      >
        <span className={styles['name']}>{name}</span>
        {lane.pid === null ? null : <span className={styles['pid']}>{lane.pid}</span>}
        <span className={styles['chips']}>
          {chips.slice(0, chipsShown).map(({ port, state }) => (
            <span key={port} className={styles['chip']} data-state={state}>
              :{port}
            </span>
          ))}
          {chips.length > chipsShown ? (
            <span
              className={styles['chip']}
              data-state="more"
              title={chips.map(({ port, state }) => `:${String(port)} ${state}`).join('\n')}
            >
              {text.more(chips.length - chipsShown, cut)}
            </span>
          ) : null}
        </span>
        {counted ? <LaneSparkline lane={lane.key} /> : null}
        {criterion === null ? null : <span className={styles['hidden']}>{text.matchedBy(criterion)}</span>}
      </button>
      {hidden > 0 ? (
        <button
          type="button"
          className={styles['tracks']}
          tabIndex={-1}
          onClick={() => onToggleTracks(row)}
          aria-expanded={expanded}
        >
          {expanded ? text.shrink : text.expand(hidden)}
        </button>
      ) : null}
    </li>
  );
};

/** Name, PID and ports of one lane, beside its drawing. */
export const LaneLabel = memo(
  Label,
  (before, after) =>
    before.row.lane === after.row.lane &&
    before.row.top === after.row.top &&
    before.row.height === after.row.height &&
    before.version === after.version &&
    before.exited === after.exited &&
    before.criterion === after.criterion &&
    before.counted === after.counted &&
    before.selected === after.selected &&
    before.cursor === after.cursor &&
    before.expanded === after.expanded &&
    before.width === after.width,
);

import type { ReactElement, RefObject } from 'react';
import { unmatchedGroup, type GroupRow, type LaneRow } from '../../model/lanes.js';
import { isUnknownOwner } from '../../model/timeline-lane.js';
import { useActivity } from '../../store/activity.js';
import { useCriteria } from '../../store/criteria.js';
import { useSelection } from '../../store/selection.js';
import type { TimelineView } from '../../timeline/timeline-view.js';
import { GroupLabel } from './GroupLabel.js';
import { useLaneChoices } from './lane-choices.js';
import { LaneLabel } from './LaneLabel.js';
import styles from './Lanes.module.css';
import { timelineFeed } from './timeline-feed-instance.js';
import { text } from './timeline-text.js';
import { selectionOf, type VisibleRows } from './use-timeline-view.js';

export interface LaneLabelsProps {
  readonly list: RefObject<HTMLUListElement | null>;
  /** Holds the header that stays at the upper edge. */
  readonly sticky: RefObject<HTMLUListElement | null>;
  readonly view: RefObject<TimelineView | null>;
  readonly rows: VisibleRows | null;
  /** CSS pixels of the column. */
  readonly width: number;
}

/** The lanes in view as a list: what one reads beside the drawing, and what a screen reader reads of it. */
export const LaneLabels = ({ list, sticky, view, rows, width }: LaneLabelsProps): ReactElement => {
  const criteria = useCriteria((state) => state.list);
  const counted = useActivity((state) => state.counted);
  const expanded = useLaneChoices((state) => state.expanded);
  const toggleGroup = useLaneChoices((state) => state.toggleGroup);
  const toggleLane = useLaneChoices((state) => state.toggleLane);
  const selected = useSelection((state) => state.selected);
  const clear = useSelection((state) => state.clear);
  const select = useSelection((state) => state.select);

  const onSelect = (row: LaneRow): void => {
    const selection = selectionOf({ kind: 'lane', row });
    if (selection === null) clear();
    else select(selection);
  };
  const onGroup = (row: GroupRow): void => toggleGroup(row.id);

  const { log } = timelineFeed();
  const visible = rows === null ? [] : rows.layout.rows.slice(rows.first, rows.last);
  return (
    <>
      <ul
        ref={list}
        className={styles['list']}
        aria-label={text.lanes}
        style={{ height: rows?.layout.height ?? 0 }}
      >
        {visible.map((row) => {
          if (row.kind === 'group') {
            return <GroupLabel key={`group ${row.id}`} row={row} top={row.top} onToggle={onGroup} />;
          }
          const { lane } = row;
          const criterion =
            row.group === unmatchedGroup ? null : (criteria.find(({ id }) => id === row.group)?.name ?? null);
          return (
            <LaneLabel
              key={lane.key}
              row={row}
              table={log.intervals}
              version={lane.version}
              exited={lane.exitedAt !== Infinity}
              criterion={criterion}
              counted={
                criterion !== null &&
                lane.exitedAt === Infinity &&
                !isUnknownOwner(lane.key) &&
                counted.has(lane.key)
              }
              selected={selected?.kind === 'process' && selected.key === lane.key}
              cursor={rows?.cursor === lane.key}
              expanded={expanded.has(lane.key)}
              width={width}
              onSelect={onSelect}
              onHover={(hovered) => view.current?.hoverLane(hovered?.lane.key ?? null)}
              onToggleTracks={() => toggleLane(lane.key)}
            />
          );
        })}
      </ul>
      <ul ref={sticky} className={styles['sticky']} data-testid="timeline-sticky">
        {rows?.sticky == null ? null : <GroupLabel row={rows.sticky} top={0} onToggle={onGroup} />}
      </ul>
    </>
  );
};

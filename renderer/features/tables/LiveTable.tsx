import { useMemo, useState, type ReactElement } from 'react';
import { accepts, type FilterSubject } from '../../model/filter.js';
import { filterInForce } from '../../model/filter-in-force.js';
import type { Phase } from '../../model/table-presence.js';
import type { Compare, Sort } from '../../model/table-sort.js';
import { useFilter } from '../../store/filter.js';
import { useSelection, type Selection } from '../../store/selection.js';
import { copyText } from '../copy.js';
import { DataTable, type Column } from './DataTable.js';
import { NothingHere, TableCounts } from './TableParts.js';
import { showOnTimeline } from './show-on-timeline.js';
import { usePresence, type PresenceInput } from './use-presence.js';

interface LiveRow {
  readonly key: string;
  /** What the filter looks at. */
  readonly subject: FilterSubject;
}

export interface LiveTableProps<Row extends LiveRow, Id extends string> {
  /** Also names the rows in the page: `ports` gives `ports-row`. */
  readonly name: string;
  readonly label: string;
  /** Of the rows shown: a column nobody has a value for can be left out. */
  readonly columnsFor: (rows: readonly { readonly row: Row }[]) => readonly Column<Row, Id>[];
  /** Makes what derives the rows; called once, since it remembers what it derived. */
  readonly source: () => { readonly update: PresenceInput<Row>['derive'] };
  readonly sortedBy: Id;
  readonly compareBy: (sort: Sort<Id>) => Compare<Row>;
  readonly labelOf: (row: Row) => string;
  /** Tab-separated, for the clipboard. */
  readonly copied: (row: Row) => string;
  readonly selectionOf: (row: Row) => Selection;
  /** Epoch ms at which the timeline shows where the row began. */
  readonly beginOf: (row: Row) => number;
  readonly nothing: { readonly title: string; readonly hint: string };
}

/** A table of what exists now: filtered, sorted, new and gone rows marked, in step with the selection. */
export const LiveTable = <Row extends LiveRow, Id extends string>({
  name,
  label,
  columnsFor,
  source,
  sortedBy,
  compareBy,
  labelOf,
  copied,
  selectionOf,
  beginOf,
  nothing,
}: LiveTableProps<Row, Id>): ReactElement => {
  const [sort, setSort] = useState<Sort<Id>>({ column: sortedBy, descending: false });
  const [rows] = useState(source);
  const filter = filterInForce(useFilter((state) => state.text));
  const selected = useSelection((state) => state.selected);
  const select = useSelection((state) => state.select);

  const derive = useMemo(() => rows.update.bind(rows), [rows]);
  const wanted = useMemo(() => (row: Row) => accepts(filter, row.subject), [filter]);
  const compare = useMemo(() => compareBy(sort), [compareBy, sort]);
  const { shown, total, hold } = usePresence<Row>({ derive, accepts: wanted, compare });
  const phases = useMemo(
    () => new Map<string, Phase>(shown.rows.map(({ row, phase }) => [row.key, phase])),
    [shown],
  );
  const live = shown.rows.reduce((sum, { phase }) => sum + (phase === 'gone' ? 0 : 1), 0);
  const selectedIndex =
    selected === null
      ? -1
      : shown.rows.findIndex(({ row }) => {
          const own = selectionOf(row);
          return own.kind === selected.kind && own.key === selected.key;
        });

  return (
    <>
      <TableCounts shown={live + shown.waiting} total={total} waiting={shown.waiting} />
      <DataTable
        name={name}
        label={label}
        columns={columnsFor(shown.rows)}
        count={shown.rows.length}
        rowAt={(index) => shown.rows[index]?.row}
        keyOf={(row) => row.key}
        phaseOf={(row) => phases.get(row.key) ?? 'steady'}
        labelOf={labelOf}
        selectedIndex={selectedIndex}
        onSelect={(row) => select(selectionOf(row))}
        onOpen={(row) => showOnTimeline(beginOf(row))}
        onCopy={(row) => void copyText(copied(row))}
        sort={sort}
        onSort={(column) =>
          setSort((before) => ({ column, descending: before.column === column && !before.descending }))
        }
        onHold={hold}
        empty={<NothingHere total={total} what={label.toLowerCase()} {...nothing} />}
      />
    </>
  );
};

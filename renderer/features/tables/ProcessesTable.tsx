import { useMemo, useState, type ReactElement } from 'react';
import { accepts } from '../../model/filter.js';
import { filterInForce } from '../../model/filter-in-force.js';
import type { Phase } from '../../model/table-presence.js';
import { ProcessRows, type ProcessRow } from '../../model/table-rows.js';
import { compareProcesses, type ProcessColumn, type Sort } from '../../model/table-sort.js';
import { briefMoment } from '../../model/time.js';
import { processText, userText } from '../../model/words.js';
import { useFilter } from '../../store/filter.js';
import { useSelection } from '../../store/selection.js';
import { MiddleText } from '../../ui/MiddleText.js';
import { text as common } from '../../ui/text.js';
import { copyText } from '../copy.js';
import { clockText, MatchCell } from './cells.js';
import { DataTable, type Column } from './DataTable.js';
import { NothingHere, TableCounts } from './TableParts.js';
import { showOnTimeline } from './show-on-timeline.js';
import { text } from './tables-text.js';
import { usePresence } from './use-presence.js';

const user = ({ process }: ProcessRow): string => userText(process);

const columns: readonly Column<ProcessRow, ProcessColumn>[] = [
  { id: 'process', title: text.columns.process, width: 100, grow: 1, cell: ({ process }) => process.name },
  {
    id: 'pid',
    title: text.columns.pid,
    width: 60,
    align: 'right',
    mono: true,
    cell: ({ process }) => process.pid,
  },
  { id: 'user', title: text.columns.user, width: 60, grow: 0.5, cell: user },
  {
    id: 'ports',
    title: text.columns.ports,
    width: 110,
    grow: 2,
    mono: true,
    cell: ({ ports }) => <span title={ports.join(', ')}>{ports.slice(0, 40).join(', ')}</span>,
  },
  {
    id: 'started',
    title: text.columns.started,
    width: 98,
    mono: true,
    cell: (row) => <span title={clockText(row.startedAt)}>{briefMoment(row.startedAt, Date.now())}</span>,
  },
  {
    id: 'match',
    title: text.columns.match,
    width: 110,
    grow: 1,
    cell: ({ match }) => (match === null ? null : <MatchCell match={match} />),
  },
  {
    id: 'executable',
    title: text.columns.executable,
    width: 140,
    grow: 3,
    mono: true,
    cell: ({ process }) =>
      process.executable === null ? common.unreadable : <MiddleText text={process.executable} />,
  },
];

const labelOf = ({ process, ports, match }: ProcessRow): string =>
  [processText(process), ports.map((port) => `:${String(port)}`).join(' '), match?.evaluation.criterionName]
    .filter(Boolean)
    .join(', ');

const copied = (row: ProcessRow): string =>
  [
    row.process.name,
    row.process.pid,
    user(row),
    row.ports.join(','),
    clockText(row.startedAt),
    row.match?.evaluation.criterionName ?? '',
    row.process.executable ?? '',
  ].join('\t');

/** Processes that have a socket or that a criterion selects. */
export const ProcessesTable = (): ReactElement => {
  const [sort, setSort] = useState<Sort<ProcessColumn>>({ column: 'process', descending: false });
  const [source] = useState(() => new ProcessRows());
  const filter = filterInForce(useFilter((state) => state.text));
  const selected = useSelection((state) => state.selected);
  const select = useSelection((state) => state.select);

  const derive = useMemo(() => source.update.bind(source), [source]);
  const wanted = useMemo(() => (row: ProcessRow) => accepts(filter, row.subject), [filter]);
  const compare = useMemo(() => compareProcesses(sort), [sort]);
  const { shown, total, hold } = usePresence<ProcessRow>({ derive, accepts: wanted, compare });
  const phases = useMemo(
    () => new Map<string, Phase>(shown.rows.map(({ row, phase }) => [row.key, phase])),
    [shown],
  );
  const live = shown.rows.reduce((sum, { phase }) => sum + (phase === 'gone' ? 0 : 1), 0);
  const selectedIndex =
    selected?.kind === 'process' ? shown.rows.findIndex(({ row }) => row.key === selected.key) : -1;

  return (
    <>
      <TableCounts shown={live + shown.waiting} total={total} waiting={shown.waiting} />
      <DataTable
        name="processes"
        label={text.processes}
        columns={columns}
        count={shown.rows.length}
        rowAt={(index) => shown.rows[index]?.row}
        keyOf={(row) => row.key}
        phaseOf={(row) => phases.get(row.key) ?? 'steady'}
        labelOf={labelOf}
        selectedIndex={selectedIndex}
        onSelect={(row) => select({ kind: 'process', key: row.key })}
        onOpen={(row) => showOnTimeline(row.startedAt)}
        onCopy={(row) => void copyText(copied(row))}
        sort={sort}
        onSort={(column) =>
          setSort((before) => ({ column, descending: before.column === column && !before.descending }))
        }
        onHold={hold}
        empty={
          <NothingHere
            total={total}
            what={text.processes.toLowerCase()}
            title={text.nothingProcesses}
            hint={text.nothingProcessesText}
          />
        }
      />
    </>
  );
};

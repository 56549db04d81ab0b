import { useMemo, useState, type ReactElement } from 'react';
import { accepts } from '../../model/filter.js';
import { filterInForce } from '../../model/filter-in-force.js';
import type { Phase } from '../../model/table-presence.js';
import { heldByText, PortRows, type PortRow } from '../../model/table-rows.js';
import { comparePorts, type PortColumn, type Sort } from '../../model/table-sort.js';
import { processText } from '../../model/words.js';
import { useFilter } from '../../store/filter.js';
import { useSelection } from '../../store/selection.js';
import { text as common } from '../../ui/text.js';
import { copyText } from '../copy.js';
import { clockText, MatchCell, StateCell } from './cells.js';
import { DataTable, type Column } from './DataTable.js';
import { NothingHere, TableCounts } from './TableParts.js';
import { showOnTimeline } from './show-on-timeline.js';
import { text } from './tables-text.js';
import { usePresence } from './use-presence.js';

const since = ({ since: at, sinceExact }: PortRow): string =>
  sinceExact ? clockText(at) : text.before(clockText(at));

const user = ({ process }: PortRow): string =>
  process === null ? '' : (process.userName ?? String(process.uid));

const columns: readonly Column<PortRow, PortColumn>[] = [
  {
    id: 'port',
    title: text.columns.port,
    width: 58,
    align: 'right',
    mono: true,
    cell: (row) => row.socket.port,
  },
  { id: 'protocol', title: text.columns.protocol, width: 54, cell: (row) => row.protocol },
  {
    id: 'address',
    title: text.columns.address,
    width: 86,
    grow: 1,
    mono: true,
    cell: (row) => row.socket.address,
  },
  {
    id: 'state',
    title: text.columns.state,
    width: 84,
    cell: (row) => <StateCell state={row.socket.state} />,
  },
  {
    id: 'process',
    title: text.columns.process,
    width: 92,
    grow: 2,
    cell: ({ process }) =>
      process === null ? (
        <span title={text.nobodyHint}>{text.nobody}</span>
      ) : (
        <span title={process.executable ?? common.unreadable}>{process.name}</span>
      ),
  },
  {
    id: 'pid',
    title: text.columns.pid,
    width: 58,
    align: 'right',
    mono: true,
    cell: (row) => row.process?.pid,
  },
  { id: 'user', title: text.columns.user, width: 56, grow: 0.5, cell: user },
  { id: 'since', title: text.columns.since, width: 118, mono: true, cell: since },
  {
    id: 'match',
    title: text.columns.match,
    width: 104,
    grow: 2,
    cell: ({ match }) => (match === null ? null : <MatchCell match={match} />),
  },
  {
    id: 'heldBy',
    title: text.columns.heldBy,
    width: 60,
    grow: 2,
    cell: (row) => <span title={row.heldBy.map(processText).join('\n')}>{heldByText(row)}</span>,
  },
];

const labelOf = (row: PortRow): string =>
  [
    `${common.states[row.socket.state]} ${row.protocol} port ${String(row.socket.port)}`,
    row.process === null ? text.nobody : processText(row.process),
    row.match?.evaluation.criterionName,
  ]
    .filter(Boolean)
    .join(', ');

const copied = (row: PortRow): string =>
  [
    row.socket.port,
    row.protocol,
    row.socket.address,
    row.socket.state,
    row.process?.name ?? '',
    row.process?.pid ?? '',
    user(row),
    since(row),
    row.match?.evaluation.criterionName ?? '',
    heldByText(row),
  ].join('\t');

/** Sockets that exist now and who has them. */
export const PortsTable = (): ReactElement => {
  const [sort, setSort] = useState<Sort<PortColumn>>({ column: 'port', descending: false });
  const [source] = useState(() => new PortRows());
  const filter = filterInForce(useFilter((state) => state.text));
  const selected = useSelection((state) => state.selected);
  const select = useSelection((state) => state.select);

  const derive = useMemo(() => source.update.bind(source), [source]);
  const wanted = useMemo(() => (row: PortRow) => accepts(filter, row.subject), [filter]);
  const compare = useMemo(() => comparePorts(sort), [sort]);
  const { shown, total, hold } = usePresence<PortRow>({ derive, accepts: wanted, compare });
  const phases = useMemo(
    () => new Map<string, Phase>(shown.rows.map(({ row, phase }) => [row.key, phase])),
    [shown],
  );
  const live = shown.rows.reduce((sum, { phase }) => sum + (phase === 'gone' ? 0 : 1), 0);
  const selectedIndex =
    selected?.kind === 'socket' ? shown.rows.findIndex(({ row }) => row.key === selected.key) : -1;

  return (
    <>
      <TableCounts shown={live + shown.waiting} total={total} waiting={shown.waiting} />
      <DataTable
        name="ports"
        label={text.ports}
        columns={columns}
        count={shown.rows.length}
        rowAt={(index) => shown.rows[index]?.row}
        keyOf={(row) => row.key}
        phaseOf={(row) => phases.get(row.key) ?? 'steady'}
        labelOf={labelOf}
        selectedIndex={selectedIndex}
        onSelect={(row) => select({ kind: 'socket', key: row.key })}
        onOpen={(row) => showOnTimeline(row.since)}
        onCopy={(row) => void copyText(copied(row))}
        sort={sort}
        onSort={(column) =>
          setSort((before) => ({ column, descending: before.column === column && !before.descending }))
        }
        onHold={hold}
        empty={
          <NothingHere
            total={total}
            what={text.ports.toLowerCase()}
            title={text.nothingPorts}
            hint={text.nothingPortsText}
          />
        }
      />
    </>
  );
};

import { useMemo, useState, type ReactElement } from 'react';
import { accepts } from '../../model/filter.js';
import { filterInForce } from '../../model/filter-in-force.js';
import type { Phase } from '../../model/table-presence.js';
import { heldByText, PortRows, type PortRow } from '../../model/table-rows.js';
import { comparePorts, type PortColumn, type Sort } from '../../model/table-sort.js';
import { briefMoment } from '../../model/time.js';
import { processText } from '../../model/words.js';
import { useFilter } from '../../store/filter.js';
import { useSelection } from '../../store/selection.js';
import { text as common } from '../../ui/text.js';
import { copyText } from '../copy.js';
import styles from './cells.module.css';
import { clockText, MatchCell, StateCell } from './cells.js';
import { DataTable, type Column } from './DataTable.js';
import { NothingHere, TableCounts } from './TableParts.js';
import { showOnTimeline } from './show-on-timeline.js';
import { text } from './tables-text.js';
import { usePresence } from './use-presence.js';

const since = ({ since: at, sinceExact }: PortRow): string =>
  sinceExact ? clockText(at) : text.before(clockText(at));

const briefSince = ({ since: at, sinceExact }: PortRow): string => {
  const brief = briefMoment(at, Date.now());
  return sinceExact ? brief : text.before(brief);
};

const nobody = ({ user }: PortRow): string => [text.nobody, user].filter(Boolean).join(', ');

/** Column `heldBy` says more; where it has no room the number of holders stands beside the name. */
const ProcessCell = ({ row }: { readonly row: PortRow }): ReactElement => {
  const { process, heldBy } = row;
  if (process === null) return <span title={text.nobodyHint}>{nobody(row)}</span>;
  const others = heldBy.filter((holder) => holder !== process);
  return (
    <>
      <span title={process.executable ?? common.unreadable}>{process.name}</span>
      {others.length === 0 ? null : (
        <span className={styles['holders']} title={text.heldBy(heldBy.map(processText))}>
          +{others.length}
        </span>
      )}
    </>
  );
};

const withHolders: readonly Column<PortRow, PortColumn>[] = [
  {
    id: 'port',
    title: text.columns.port,
    width: 62,
    align: 'right',
    mono: true,
    cell: (row) => row.socket.port,
  },
  { id: 'protocol', title: text.columns.protocol, width: 54, cell: (row) => row.protocol },
  {
    id: 'address',
    title: text.columns.address,
    width: 84,
    grow: 1,
    mono: true,
    cell: ({ socket: { address } }) => <span title={address}>{address}</span>,
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
    width: 88,
    grow: 2,
    // Where there is no process there is no PID either: its place is for saying so.
    span: ({ process }) => (process === null ? 2 : 1),
    cell: (row) => <ProcessCell row={row} />,
  },
  {
    id: 'pid',
    title: text.columns.pid,
    width: 60,
    align: 'right',
    mono: true,
    cell: (row) => row.process?.pid,
  },
  {
    id: 'user',
    title: text.columns.user,
    width: 60,
    grow: 0.75,
    cell: ({ user }) => <span title={user}>{user}</span>,
  },
  {
    id: 'since',
    title: text.columns.since,
    width: 116,
    mono: true,
    cell: (row) => <span title={since(row)}>{briefSince(row)}</span>,
  },
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
    width: 130,
    grow: 2,
    whenRoom: true,
    cell: (row) => <span title={row.heldBy.map(processText).join('\n')}>{heldByText(row)}</span>,
  },
];

const withoutHolders = withHolders.filter(({ id }) => id !== 'heldBy');

const labelOf = (row: PortRow): string =>
  [
    `${common.states[row.socket.state]} ${row.protocol} port ${String(row.socket.port)}`,
    row.process === null ? nobody(row) : processText(row.process),
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
    row.process?.name ?? nobody(row),
    row.process?.pid ?? '',
    row.user,
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
  const held = shown.rows.some(({ row }) => row.heldBy.length > 0);
  const columns = held ? withHolders : withoutHolders;
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

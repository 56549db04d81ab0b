import type { ReactElement } from 'react';
import { heldByText, PortRows, type PortRow } from '../../model/table-rows.js';
import { comparePorts, type PortColumn } from '../../model/table-sort.js';
import { briefMoment } from '../../model/time.js';
import { processText } from '../../model/words.js';
import { present } from '../../store/replay.js';
import { text as common } from '../../ui/text.js';
import styles from './cells.module.css';
import { clockText, MatchCell, StateCell } from './cells.js';
import type { Column } from './DataTable.js';
import { LiveTable } from './LiveTable.js';
import { text } from './tables-text.js';

const since = ({ since: at, sinceExact }: PortRow): string =>
  sinceExact ? clockText(at) : text.before(clockText(at));

const briefSince = ({ since: at, sinceExact }: PortRow): string => {
  const brief = briefMoment(at, present());
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
export const PortsTable = (): ReactElement => (
  <LiveTable
    name="ports"
    label={text.ports}
    columnsFor={(rows) => (rows.some(({ row }) => row.heldBy.length > 0) ? withHolders : withoutHolders)}
    source={() => new PortRows()}
    sortedBy="port"
    compareBy={comparePorts}
    labelOf={labelOf}
    copied={copied}
    selectionOf={(row) => ({ kind: 'socket', key: row.key })}
    beginOf={(row) => row.since}
    nothing={{ title: text.nothingPorts, hint: text.nothingPortsText }}
  />
);

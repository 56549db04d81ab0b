import type { ReactElement } from 'react';
import { ProcessRows, type ProcessRow } from '../../model/table-rows.js';
import { compareProcesses, type ProcessColumn } from '../../model/table-sort.js';
import { briefMoment } from '../../model/time.js';
import { processText, userText } from '../../model/words.js';
import { present } from '../../store/replay.js';
import { MiddleText } from '../../ui/MiddleText.js';
import { text as common } from '../../ui/text.js';
import { clockText, MatchCell } from './cells.js';
import type { Column } from './DataTable.js';
import { LiveTable } from './LiveTable.js';
import { text } from './tables-text.js';

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
    cell: (row) => <span title={clockText(row.startedAt)}>{briefMoment(row.startedAt, present())}</span>,
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
export const ProcessesTable = (): ReactElement => (
  <LiveTable
    name="processes"
    label={text.processes}
    columnsFor={() => columns}
    source={() => new ProcessRows()}
    sortedBy="process"
    compareBy={compareProcesses}
    labelOf={labelOf}
    copied={copied}
    selectionOf={(row) => ({ kind: 'process', key: row.key })}
    beginOf={(row) => row.startedAt}
    nothing={{ title: text.nothingProcesses, hint: text.nothingProcessesText }}
  />
);

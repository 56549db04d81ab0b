import { heldByText, type PortRow, type ProcessRow } from './table-rows.js';
import { userText } from './words.js';

export type Compare<Row> = (a: Row, b: Row) => number;

export interface Sort<Column extends string> {
  readonly column: Column;
  readonly descending: boolean;
}

export type PortColumn =
  'port' | 'protocol' | 'address' | 'state' | 'process' | 'pid' | 'user' | 'since' | 'heldBy' | 'match';

export type ProcessColumn = 'process' | 'pid' | 'user' | 'ports' | 'executable' | 'started' | 'match';

const words = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Empty and unknown values come last, whatever the direction. */
const byText =
  <Row>(of: (row: Row) => string | null | undefined): Directed<Row> =>
  (a, b, direction) => {
    const left = of(a) ?? '';
    const right = of(b) ?? '';
    if (left === '' || right === '') return (left === '' ? 1 : 0) - (right === '' ? 1 : 0);
    return left === right ? 0 : words.compare(left, right) * direction;
  };

const byNumber =
  <Row>(of: (row: Row) => number | null | undefined): Directed<Row> =>
  (a, b, direction) => {
    const left = of(a) ?? null;
    const right = of(b) ?? null;
    if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0);
    return (left - right) * direction;
  };

type Directed<Row> = (a: Row, b: Row, direction: 1 | -1) => number;

const ports: Readonly<Record<PortColumn, Directed<PortRow>>> = {
  port: byNumber(({ socket }) => socket.port),
  protocol: byText(({ protocol }) => protocol),
  address: byText(({ socket }) => socket.address),
  state: byText(({ socket }) => socket.state),
  process: byText(({ process }) => process?.name),
  pid: byNumber(({ process }) => process?.pid),
  user: byText(({ user }) => user),
  since: byNumber(({ since }) => since),
  heldBy: byText(heldByText),
  match: byText(({ match }) => match?.evaluation.criterionName),
};

const processes: Readonly<Record<ProcessColumn, Directed<ProcessRow>>> = {
  process: byText(({ process }) => process.name),
  pid: byNumber(({ process }) => process.pid),
  user: byText(({ process }) => userText(process)),
  ports: byNumber((row) => row.ports[0]),
  executable: byText(({ process }) => process.executable),
  started: byNumber(({ startedAt }) => startedAt),
  match: byText(({ match }) => match?.evaluation.criterionName),
};

/** A total order, so that equal rows never swap places: what a column leaves equal, the identity decides. */
const total =
  <Row extends { readonly key: string }>(
    first: Directed<Row>,
    then: readonly Directed<Row>[],
    descending: boolean,
  ): Compare<Row> =>
  (a, b) => {
    const decided = first(a, b, descending ? -1 : 1);
    if (decided !== 0) return decided;
    for (const next of then) {
      const order = next(a, b, 1);
      if (order !== 0) return order;
    }
    return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
  };

export const comparePorts = ({ column, descending }: Sort<PortColumn>): Compare<PortRow> =>
  total(ports[column], [ports.port, ports.protocol, ports.address, ports.pid], descending);

export const compareProcesses = ({ column, descending }: Sort<ProcessColumn>): Compare<ProcessRow> =>
  total(processes[column], [processes.process, processes.pid], descending);

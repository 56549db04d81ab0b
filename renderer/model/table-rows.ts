import type {
  Match,
  ProcessInfo,
  ProcessKey,
  SocketInfo,
  SocketKey,
  SocketRow,
} from '../../contract/index.js';
import { wordsOf, type FilterSubject } from './filter.js';
import { msOf } from './time.js';
import type { LiveTables } from './timeline-log.js';
import { processText, protocolText, uidText, unknownOwnerText, userText } from './words.js';

/** A socket that exists, with everything a table shows or sorts by. */
export interface PortRow {
  readonly key: SocketKey;
  readonly socket: SocketInfo;
  /** `TCP`, `UDP6`. */
  readonly protocol: string;
  /** Who bound it; where that is unknown, the first who has it; null: nobody we may see. */
  readonly process: ProcessInfo | null;
  /** Who has it, where that is not just `process`. */
  readonly heldBy: readonly ProcessInfo[];
  /** The process's user, or the socket's owner where no process is known; empty: not even that. */
  readonly user: string;
  /** Epoch ms. */
  readonly since: number;
  readonly sinceExact: boolean;
  readonly match: Match | null;
  readonly subject: FilterSubject;
}

/** A process that has or bound a socket, or that a criterion selects. */
export interface ProcessRow {
  readonly key: ProcessKey;
  readonly process: ProcessInfo;
  /** Open ports, ascending, each once. */
  readonly ports: readonly number[];
  /** Epoch ms. */
  readonly startedAt: number;
  readonly match: Match | null;
  readonly subject: FilterSubject;
}

const matchOf = (keys: readonly (ProcessKey | null)[], tables: LiveTables): Match | null => {
  for (const key of keys) {
    const match = key === null ? undefined : tables.matches.get(key);
    if (match !== undefined) return match;
  }
  return null;
};

const portRow = (row: SocketRow, tables: LiveTables): PortRow => {
  const { socket } = row;
  const holders = row.holders
    .map((key) => tables.processes.get(key))
    .filter((process) => process !== undefined);
  const binder = row.binder === null ? undefined : tables.processes.get(row.binder);
  const process = binder ?? holders[0] ?? null;
  const heldBy = holders.length === 1 && holders[0] === process ? [] : holders;
  const match = matchOf([row.binder, ...row.holders], tables);
  const protocol = protocolText(socket);
  const uid = row.uid ?? null;
  const user = process !== null ? userText(process) : uid === null ? '' : uidText(uid);
  return {
    key: socket.key,
    socket,
    protocol,
    process,
    heldBy,
    user,
    since: msOf(row.since.at),
    sinceExact: row.since.exact,
    match,
    subject: {
      ports: [socket.port],
      pids: (process === null ? holders : [process, ...holders]).map(({ pid }) => pid),
      words: wordsOf(
        process === null ? holders : [process, ...holders],
        [socket],
        [protocol, match?.evaluation.criterionName ?? '', process === null ? unknownOwnerText(uid) : ''],
      ),
    },
  };
};

interface Cached<Row> {
  readonly parts: readonly unknown[];
  readonly row: Row;
}

const sameParts = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((part, index) => part === b[index]);

/**
 * Rows of the sockets that exist. A row stays the same object for as long as nothing in it changed,
 * so that what is drawn from it need not be drawn again.
 */
export class PortRows {
  private cache = new Map<SocketKey, Cached<PortRow>>();

  update(tables: LiveTables): readonly PortRow[] {
    const next = new Map<SocketKey, Cached<PortRow>>();
    const rows: PortRow[] = [];
    for (const socket of tables.sockets.values()) {
      const keys = socket.binder === null ? socket.holders : [socket.binder, ...socket.holders];
      const parts: unknown[] = [socket];
      for (const key of keys) parts.push(tables.processes.get(key), tables.matches.get(key));
      const known = this.cache.get(socket.socket.key);
      const cached =
        known !== undefined && sameParts(known.parts, parts)
          ? known
          : { parts, row: portRow(socket, tables) };
      next.set(socket.socket.key, cached);
      rows.push(cached.row);
    }
    this.cache = next;
    return rows;
  }
}

/** Rows of the processes that matter; each stays the same object while nothing in it changed. */
export class ProcessRows {
  private cache = new Map<ProcessKey, Cached<ProcessRow>>();

  update(tables: LiveTables): readonly ProcessRow[] {
    const socketsOf = new Map<ProcessKey, SocketInfo[]>();
    const note = (key: ProcessKey, socket: SocketInfo): void => {
      const known = socketsOf.get(key);
      if (known === undefined) socketsOf.set(key, [socket]);
      else known.push(socket);
    };
    for (const { socket, binder, holders } of tables.sockets.values()) {
      for (const key of holders) note(key, socket);
      if (binder !== null && holders.length === 0) note(binder, socket);
    }
    for (const key of tables.matches.keys()) if (!socketsOf.has(key)) socketsOf.set(key, []);

    const next = new Map<ProcessKey, Cached<ProcessRow>>();
    const rows: ProcessRow[] = [];
    for (const [key, sockets] of socketsOf) {
      const process = tables.processes.get(key);
      if (process === undefined) continue;
      const match = tables.matches.get(key) ?? null;
      const parts = [process, match, ...sockets];
      const known = this.cache.get(key);
      const cached =
        known !== undefined && sameParts(known.parts, parts)
          ? known
          : { parts, row: processRow(process, sockets, match) };
      next.set(key, cached);
      rows.push(cached.row);
    }
    this.cache = next;
    return rows;
  }
}

const processRow = (
  process: ProcessInfo,
  sockets: readonly SocketInfo[],
  match: Match | null,
): ProcessRow => {
  const ports = [...new Set(sockets.map(({ port }) => port))].sort((a, b) => a - b);
  return {
    key: process.key,
    process,
    ports,
    startedAt: msOf(process.startedAt),
    match,
    subject: {
      ports,
      pids: [process.pid],
      words: wordsOf([process], sockets, [match?.evaluation.criterionName ?? '']),
    },
  };
};

/** `nginx 811, nginx 812 and 3 more`. */
export const heldByText = ({ heldBy }: PortRow): string => {
  const named = heldBy.slice(0, 2).map(processText).join(', ');
  return heldBy.length > 2 ? `${named} and ${String(heldBy.length - 2)} more` : named;
};

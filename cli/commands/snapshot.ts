import type { Criterion, KernelSource, ProcessInfo, ProcessKey, SocketRow } from '../../contract/index.js';
import { reasonText } from '../../discovery/export/attributes.js';
import { headerAttributes } from '../../discovery/export/header.js';
import { processAttributes, socketAttributes } from '../../discovery/export/attributes.js';
import { wallTimeText } from '../../discovery/export/time-text.js';
import type { Pipeline } from '../../discovery/pipeline.js';
import { createUserNames } from '../../native/user-names.js';
import { factsKnown } from '../facts-known.js';
import { CommandFailure, FAILURE } from '../failure.js';
import type { Output } from '../output.js';
import { openPipeline } from '../session.js';
import type { Column } from '../table.js';
import { tableLines } from '../table.js';
import type { Paint } from '../terminal-text.js';
import { printable } from '../terminal-text.js';
import { briefProcess, processName, timeText, unknownOwnerText, userText, visibilityText } from '../words.js';

export interface SnapshotOptions {
  readonly openSource: () => KernelSource;
  readonly criteria: readonly Criterion[];
  readonly countPortsAsBeyla: boolean;
  readonly json: boolean;
  readonly redactSecrets: boolean;
  readonly output: Output;
  readonly paint: Paint;
}

/** A socket with the processes that its keys stand for. */
interface Entry {
  readonly row: SocketRow;
  readonly holders: readonly ProcessInfo[];
  readonly binder: ProcessInfo | null;
}

const entriesOf = (pipeline: Pipeline, selected: ((key: ProcessKey) => boolean) | null): Entry[] => {
  const rank = { listening: 0, bound: 1, connected: 2 } as const;
  return pipeline
    .sockets()
    .filter(({ holders }) => selected === null || holders.some(selected))
    .map((row) => ({
      row,
      holders: row.holders.flatMap((key) => pipeline.processOf(key) ?? []),
      binder: row.binder === null ? null : (pipeline.processOf(row.binder) ?? null),
    }))
    .sort(
      ({ row: { socket: left } }, { row: { socket: right } }) =>
        rank[left.state] - rank[right.state] ||
        left.port - right.port ||
        left.transport.localeCompare(right.transport) ||
        left.address.localeCompare(right.address),
    );
};

const document = (pipeline: Pipeline, entries: readonly Entry[], options: SnapshotOptions): string => {
  const selected = options.criteria.length > 0;
  const socketsOf = new Map<ProcessKey, Entry[]>();
  for (const entry of entries) {
    for (const { key } of entry.holders) socketsOf.set(key, [...(socketsOf.get(key) ?? []), entry]);
  }
  const processes = pipeline
    .processes()
    .filter(({ key }) => (selected ? pipeline.matchOf(key) !== undefined : socketsOf.has(key)));
  return JSON.stringify({
    ...headerAttributes(pipeline.headerFacts(options.redactSecrets, selected ? 'matched' : 'all')),
    name: 'bindscope.snapshot',
    processes: processes.map((process) => {
      const match = pipeline.matchOf(process.key);
      return {
        ...processAttributes(process, options),
        'bindscope.criterion.name': match?.evaluation.criterionName ?? null,
        'bindscope.criterion.reason': match === undefined ? null : reasonText(match.evaluation.conditions),
        sockets: (socketsOf.get(process.key) ?? []).map(({ row }) => socketAttributes(row.socket)),
      };
    }),
    sockets: entries.map(({ row, holders, binder }) => ({
      ...socketAttributes(row.socket),
      'bindscope.socket.seen_since': wallTimeText(row.since.at),
      'bindscope.socket.since_exact': row.since.exact,
      holders: holders.map(briefProcess),
      binder: binder === null ? null : briefProcess(binder),
      ...(row.uid === undefined ? {} : { 'bindscope.socket.uid': row.uid }),
    })),
  });
};

const holdersText = ({ holders, row }: Entry): string => {
  const [first] = holders;
  if (first === undefined) return unknownOwnerText(row.uid);
  return holders.length === 1 ? processName(first) : `${processName(first)} +${String(holders.length - 1)}`;
};

const userName = createUserNames();

const columns = (pipeline: Pipeline): Column<Entry>[] => [
  { title: 'PORT', align: 'right', text: ({ row }) => String(row.socket.port), style: () => 'strong' },
  { title: 'PROTO', text: ({ row }) => `${row.socket.transport}${row.socket.family === 'ipv6' ? '6' : ''}` },
  { title: 'ADDRESS', text: ({ row }) => row.socket.address },
  {
    title: 'STATE',
    text: ({ row }) => row.socket.state,
    style: ({ row }) => (row.socket.state === 'listening' ? 'good' : 'quiet'),
  },
  {
    title: 'HELD BY',
    text: holdersText,
    style: ({ holders }) => (holders.length === 0 ? 'warn' : null),
  },
  {
    title: 'PID',
    align: 'right',
    text: ({ holders: [first] }) => (first === undefined ? '' : String(first.pid)),
  },
  {
    title: 'USER',
    text: ({ holders: [first], row: { uid } }) =>
      first !== undefined ? userText(first) : uid === undefined ? '' : printable(userName(uid) ?? ''),
  },
  {
    title: 'BOUND BY',
    text: ({ binder }) => (binder === null ? '?' : `${processName(binder)} (${String(binder.pid)})`),
    style: () => 'quiet',
  },
  {
    title: 'SINCE',
    text: ({ row }) => `${row.since.exact ? '' : '≤ '}${timeText(row.since.at).slice(0, 8)}`,
    style: () => 'quiet',
  },
  {
    title: 'MATCH',
    text: ({ holders }) => {
      for (const { key } of holders) {
        const match = pipeline.matchOf(key);
        if (match !== undefined) return printable(reasonText(match.evaluation.conditions));
      }
      return '';
    },
    style: () => 'accent',
  },
];

/** The sockets of now with holders and binders: a table, or one JSON document. */
export const snapshot = async (options: SnapshotOptions): Promise<void> => {
  const { output, paint, criteria, json } = options;
  const pipeline = openPipeline({ ...options, pollIntervalMs: null });
  try {
    await pipeline.start();
    await pipeline.polledOnce;
    if (pipeline.status().poll === null) {
      throw new CommandFailure(FAILURE, 'No snapshot could be taken. `doctor` says what is missing.');
    }
    await factsKnown(pipeline);
    const selected = criteria.length === 0 ? null : (key: ProcessKey) => pipeline.matchOf(key) !== undefined;
    const entries = entriesOf(pipeline, selected);
    if (json) {
      output.data(`${document(pipeline, entries, options)}\n`);
    } else if (entries.length > 0) {
      const withMatch = columns(pipeline).filter(({ title }) => selected !== null || title !== 'MATCH');
      output.data(`${tableLines(withMatch, entries, paint).join('\n')}\n`);
    } else {
      output.note(selected === null ? 'no socket is bound' : 'no process with an open port matches');
    }
    const narrowed = visibilityText(pipeline.status());
    if (narrowed !== null) output.note(narrowed);
    await output.flushed();
  } finally {
    pipeline.close();
  }
};

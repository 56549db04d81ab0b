import type { ReactElement, ReactNode } from 'react';
import type { ProcessInfo } from '../../../contract/index.js';
import { errnoInWords } from '../../model/errno.js';
import { exitText } from '../../model/exit.js';
import { IntervalFlag } from '../../model/timeline-intervals.js';
import type { Lane } from '../../model/timeline-lane.js';
import { clockTime, duration } from '../../model/time.js';
import { endpointText, lossReason, processText, protocolText } from '../../model/words.js';
import { useLive } from '../../store/live.js';
import { useView, viewNow } from '../../store/view.js';
import type { Hit } from '../../timeline/hit-test.js';
import { splitMiddle } from '../../ui/middle.js';
import { text as common } from '../../ui/text.js';
import { timelineFeed } from './timeline-feed-instance.js';
import { text } from './timeline-text.js';
import styles from './TimelineTip.module.css';
import type { Hovered } from './use-timeline-view.js';

type Row = readonly [label: string, value: ReactNode];

interface TipContent {
  readonly title: ReactNode;
  readonly tone: string;
  readonly rows: readonly Row[];
  readonly note?: string;
}

const clock = (ms: number): string => clockTime(ms, 3);

const mono = (value: string): ReactElement => <span className={styles['mono']}>{value}</span>;

const path = (process: ProcessInfo | null): ReactElement => {
  if (process?.executable == null) return <span>{common.unreadable}</span>;
  const [head, tail] = splitMiddle(process.executable);
  return (
    <span className={styles['path']}>
      <span className={styles['head']}>{head}</span>
      <span>{tail}</span>
    </span>
  );
};

const processRows = ({ process, name }: Lane): readonly Row[] =>
  process === null
    ? [[text.tip.process, name]]
    : [
        [text.tip.process, mono(processText(process))],
        [text.tip.executable, path(process)],
      ];

const matchRow = (lane: Lane): Row => {
  const match = lane.process === null ? undefined : useLive.getState().matches.get(lane.process.key);
  if (match === undefined) return [text.tip.matched, text.tip.unmatched];
  const { criterionName, conditions } = match.evaluation;
  const why = conditions.map(({ selector, seen, wanted }) =>
    selector === 'open_ports' ? `port ${seen} in ${wanted}` : `${seen} ~ ${wanted}`,
  );
  return [text.tip.matched, `${criterionName}: ${why.join(', ')}`];
};

const barContent = (hit: Extract<Hit, { kind: 'bar' }>, now: number): TipContent | null => {
  const { intervals } = timelineFeed().log;
  const socket = intervals.socket[hit.id];
  if (socket === undefined) return null;
  const start = intervals.start[hit.id] ?? now;
  const end = intervals.end[hit.id] ?? Infinity;
  const listen = intervals.listen[hit.id] ?? NaN;
  const flags = intervals.flags[hit.id] ?? 0;
  const before = (flags & IntervalFlag.startedBefore) !== 0;
  const state = end !== Infinity ? 'closed' : Number.isNaN(listen) ? 'bound' : 'listening';
  const rows: Row[] = [
    [text.tip.address, mono(`${endpointText(socket)} ${protocolText(socket)}`)],
    ...processRows(hit.row.lane),
    [text.tip.since, mono(before ? text.tip.before(clock(start)) : clock(start))],
  ];
  if (!Number.isNaN(listen) && listen - start >= 1) rows.push([text.tip.listening, mono(clock(listen))]);
  if (end !== Infinity) {
    const noticed = (flags & IntervalFlag.endInexact) !== 0;
    rows.push([text.tip.until, mono(noticed ? text.tip.noticed(clock(end)) : clock(end))]);
  }
  const lasted = duration(Math.min(end, now) - start);
  rows.push([text.tip.lasted, mono(before ? `> ${lasted}` : lasted)], matchRow(hit.row.lane));
  const notes = [
    hit.count > 1 ? text.tip.many(hit.count) : null,
    (flags & IntervalFlag.held) === 0 ? null : text.tip.held,
  ].filter((note) => note !== null);
  return {
    title: (
      <>
        {mono(`:${String(socket.port)}`)} {state}
      </>
    ),
    tone: state,
    rows,
    ...(notes.length === 0 ? {} : { note: notes.join('. ') }),
  };
};

const contentOf = (hit: Hit, now: number): TipContent | null => {
  switch (hit.kind) {
    case 'bar':
      return barContent(hit, now);
    case 'failed': {
      const { endpoint, error, errno, conflict } = hit.mark.event;
      const rows: Row[] = [
        [text.tip.address, mono(`${endpointText(endpoint)} ${protocolText(endpoint)}`)],
        [text.tip.error, `${error}${errno === 0 ? '' : ` (${String(errno)})`}: ${errnoInWords(error)}`],
      ];
      if (conflict !== null) {
        const holder = conflict.process === null ? text.tip.somebody : processText(conflict.process);
        rows.push([text.tip.heldBy, mono(holder)]);
      }
      rows.push(...processRows(hit.row.lane), [text.tip.at, mono(clock(hit.mark.time))]);
      const note = hit.count > 1 ? { note: text.tip.manyFailures(hit.count) } : {};
      return { title: text.tip.failed, tone: 'failed', rows, ...note };
    }
    case 'life': {
      const { mark } = hit;
      const at: Row = [text.tip.at, mono(clock(mark.time))];
      if (mark.kind === 'exit') {
        return {
          title: text.tip.exit,
          tone: 'plain',
          rows: [...processRows(hit.row.lane), [text.tip.status, exitText(mark.exitCode)], at],
        };
      }
      const { previousExecutable, process } = mark.event;
      return {
        title: text.tip.exec,
        tone: 'plain',
        rows: [
          [text.tip.was, mono(previousExecutable ?? common.unknown)],
          [text.tip.is, mono(process.executable ?? process.name)],
          at,
        ],
      };
    }
    case 'gap': {
      const { gap } = hit;
      const to = gap.to === Infinity ? '…' : clock(gap.to);
      return {
        title: text.tip.lost(gap.count, gap.where === 'skipped'),
        tone: 'lost',
        rows: [[text.tip.at, mono(`${clock(gap.from)} – ${to}`)]],
        note: lossReason[gap.where],
      };
    }
    case 'lane': {
      const { lane } = hit.row;
      const rows: Row[] = [...processRows(lane)];
      if (!Number.isNaN(lane.startedAt)) rows.push([text.tip.started, mono(clock(lane.startedAt))]);
      rows.push([text.tip.sockets, mono(String(lane.open.size))], matchRow(lane));
      return { title: lane.name, tone: 'plain', rows };
    }
    case 'group':
    case 'ruler':
      return null;
  }
};

const width = 340;

/** What lies under the pointer, in words. */
export const TimelineTip = ({ hovered }: { readonly hovered: Hovered | null }): ReactElement | null => {
  if (hovered === null) return null;
  const content = contentOf(hovered.hit, viewNow(useView.getState()));
  if (content === null) return null;
  const { room } = hovered;
  const { x, y } = hovered.point;
  const left = x + 16 + width > room.width ? Math.max(4, x - width - 12) : x + 16;
  const below = y < room.height * 0.55;
  const place = below ? { top: y + 18 } : { bottom: room.height - y + 12 };
  return (
    <div
      className={styles['tip']}
      style={{ left, ...place }}
      data-tone={content.tone}
      data-testid="timeline-tip"
    >
      <p className={styles['title']}>{content.title}</p>
      <dl className={styles['rows']}>
        {content.rows.map(([label, value]) => (
          <div key={label} className={styles['row']}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {content.note === undefined ? null : <p className={styles['note']}>{content.note}</p>}
    </div>
  );
};

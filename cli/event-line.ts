import type { BindscopeEvent, EventName } from '../contract/index.js';
import type { ChurnSummary } from './churn.js';
import type { Paint, Style } from './terminal-text.js';
import { printable, shortened } from './terminal-text.js';
import { detailText, endpointText, processName, timeText, userText } from './words.js';

const labels: Readonly<Record<EventName, readonly [string, Style]>> = {
  'process.created': ['started', 'quiet'],
  'process.exec': ['exec', 'quiet'],
  'process.deleted': ['exited', 'quiet'],
  'socket.bound': ['bound', 'accent'],
  'socket.listening': ['listening', 'good'],
  'socket.closed': ['closed', 'quiet'],
  'socket.bind_failed': ['bind failed', 'bad'],
  'match.started': ['match', 'strong'],
  'match.ended': ['match ended', 'quiet'],
  'watcher.ready': ['ready', 'quiet'],
  'watcher.degraded': ['degraded', 'warn'],
  'watcher.lost': ['lost', 'warn'],
  'poll.completed': ['polled', 'quiet'],
};

const widths = { time: 12, event: 11, endpoint: 27, process: 16, pid: 7, user: 10 } as const;

const line = (cells: readonly [string, string, string, string, string, string, string]): string[] => [
  cells[0].padEnd(widths.time),
  cells[1].padEnd(widths.event),
  shortened(cells[2], widths.endpoint).padEnd(widths.endpoint),
  shortened(cells[3], widths.process).padEnd(widths.process),
  cells[4].padStart(widths.pid),
  shortened(cells[5], widths.user).padEnd(widths.user),
  cells[6],
];

export const eventLineTitle = (paint: Paint): string =>
  paint('quiet', line(['TIME', 'EVENT', 'PORT', 'PROCESS', 'PID', 'USER', 'WHY']).join('  '));

const endpointOf = (event: BindscopeEvent): string => {
  const endpoint = 'socket' in event ? event.socket : 'endpoint' in event ? event.endpoint : null;
  return endpoint === null ? '' : `${endpoint.transport} ${endpointText(endpoint)}`;
};

/** What was left out, as a line for people. */
export const churnLine = (churn: ChurnSummary, paint: Paint): string => {
  const { time, count, running, executable, parentPid, parentName } = churn;
  const what = executable === null ? '' : printable(executable.slice(executable.lastIndexOf('/') + 1));
  const parent = parentName === null ? '' : `${printable(parentName)} `;
  const [at = '', label = '', , who = ''] = line([timeText(time), 'more', '', what, '', '', '']);
  const words = `… and ${String(count)} more, started by ${parent}(${String(parentPid)})${running > 0 ? `, ${String(running)} still running` : ''}`;
  return `${paint('quiet', at)}  ${paint('quiet', label)}  ${' '.repeat(widths.endpoint)}  ${who}  ${' '.repeat(widths.pid + widths.user + 2)}  ${paint('quiet', words)}`;
};

/** One event as a line for people; what others named is made safe to print. */
export const eventLine = (event: BindscopeEvent, paint: Paint): string => {
  const process = 'process' in event ? event.process : null;
  const [label, style] = labels[event.name];
  const polled =
    event.source === 'poll' && !event.name.startsWith('watcher.') && !event.name.startsWith('match.');
  const detail = [detailText(event), polled ? '(seen by a poll)' : '']
    .filter((text) => text !== '')
    .join(' ');
  const [time = '', name = '', endpoint = '', who = '', pid = '', user = '', why = ''] = line([
    timeText(event.time),
    label,
    endpointOf(event),
    process === null ? '' : processName(process),
    process === null ? '' : String(process.pid),
    process === null ? '' : userText(process),
    detail,
  ]);
  return [paint('quiet', time), paint(style, name), endpoint, who, pid, user, paint('quiet', why)]
    .join('  ')
    .trimEnd();
};

import type { Attributes, AttributeValue } from './attributes.js';

/** The columns, in order. New ones are only ever added at the end. */
export const CSV_COLUMNS = [
  'bindscope.seq',
  'time',
  'time_unix_nano',
  'name',
  'bindscope.source',
  'bindscope.hook',
  'process.pid',
  'process.parent_pid',
  'process.creation.time',
  'process.executable.name',
  'process.executable.path',
  'process.command_args',
  'process.user.id',
  'process.user.name',
  'process.exit.code',
  'network.transport',
  'network.type',
  'network.local.address',
  'network.local.port',
  'network.connection.state',
  'bindscope.socket.state',
  'bindscope.socket.cookie',
  'bindscope.socket.inode',
  'bindscope.netns.inode',
  'bindscope.duration_ns',
  'bindscope.errno',
  'error.type',
  'bindscope.conflict.pid',
  'bindscope.conflict.executable.name',
  'bindscope.conflict.socket',
  'bindscope.criterion.name',
  'bindscope.criterion.id',
  'bindscope.criterion.reason',
  'bindscope.lost',
  'bindscope.lost_where',
  'bindscope.lost_from',
  'bindscope.lost_to',
  'bindscope.hooks',
  'bindscope.reason',
  'bindscope.process.key',
  'bindscope.process.comm',
  'bindscope.process.args_length',
  'bindscope.process.previous_executable.path',
  'bindscope.cgroup.id',
  'bindscope.open_ports',
  'process.runtime.name',
  'process.runtime.version',
  'bindscope.executable.language',
  'process.linux.cgroup',
  'bindscope.systemd.unit',
  'container.id',
  'container.runtime.name',
  'container.name',
  'container.image.name',
  'bindscope.duration_exact',
  'bindscope.socket.uid',
] as const;

/** A spreadsheet takes a cell that begins so for a formula; an apostrophe before it makes it text. */
const FORMULA = /^[=+\-@\t\r]/;

const cell = (value: AttributeValue | undefined): string => {
  if (value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** One record of RFC 4180, with its CRLF. Lists are JSON. */
export const csvRecord = (values: readonly (AttributeValue | undefined)[]): string =>
  `${values.map(cell).join(',')}\r\n`;

export const csvHeader = (): string => csvRecord(CSV_COLUMNS);

export const csvLine = (attributes: Attributes): string =>
  csvRecord(CSV_COLUMNS.map((column) => attributes[column]));

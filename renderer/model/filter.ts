import { parsePortRanges, type PortRange, type ProcessInfo, type SocketInfo } from '../../contract/index.js';

/**
 * The filter box. Terms are separated by white space and all must hold; terms of digits, commas and
 * hyphens form one port list (`80, 8080, 400-1024`), which holds when any port is in it. A single
 * number is also tried as a PID. Every other term is looked for, without case, in the words of the
 * row: names, paths, arguments, users, addresses, states.
 */
export interface Filter {
  readonly ranges: readonly PortRange[];
  /** Set where the text holds one number alone; it may be a port, a PID or both. */
  readonly pid: number | null;
  readonly words: readonly string[];
}

/** What one row offers to a filter. */
export interface FilterSubject {
  readonly ports: readonly number[];
  readonly pids: readonly number[];
  /** In lower case, see `wordsOf`. */
  readonly words: string;
}

export type ParsedFilter =
  | { readonly ok: true; readonly filter: Filter }
  | { readonly ok: false; readonly position: number; readonly message: string };

export const noFilter: Filter = { ranges: [], pid: null, words: [] };

const HIGHEST_PORT = 65_535;
const PREFIX = 'port:';
const PORTS = /(?:port:)?\d[\d\s,-]*(?![^\s])/gy;

const isPortStart = (text: string, at: number): RegExpMatchArray | null => {
  PORTS.lastIndex = at;
  return PORTS.exec(text);
};

export const parseFilter = (text: string): ParsedFilter => {
  const words: string[] = [];
  const ranges: PortRange[] = [];
  let numbers = 0;
  let single: number | null = null;
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] ?? '')) {
      at += 1;
      continue;
    }
    const ports = isPortStart(text, at);
    if (ports !== null) {
      const prefixed = ports[0].startsWith(PREFIX);
      const list = prefixed ? ports[0].slice(PREFIX.length) : ports[0];
      // "80 81" reads as two terms here; a comma between them is implied.
      const trimmed = list
        .trim()
        .replace(/(\d)\s+(?=\d)/g, '$1,')
        .replace(/,$/, '');
      const alone = !prefixed && /^\d+$/.test(trimmed) ? Number(trimmed) : null;
      numbers += 1;
      single = alone;
      if (alone !== null && alone > HIGHEST_PORT) {
        at += ports[0].length;
        continue;
      }
      const parsed = parsePortRanges(trimmed);
      if (!parsed.ok) {
        const shift = at + (prefixed ? PREFIX.length : 0);
        return { ok: false, position: shift + parsed.error.position, message: parsed.error.message };
      }
      ranges.push(...parsed.ranges);
      at += ports[0].length;
      continue;
    }
    const word = /^\S+/.exec(text.slice(at))?.[0] ?? '';
    words.push(word.toLowerCase());
    at += word.length;
  }
  return { ok: true, filter: { ranges, pid: numbers === 1 ? single : null, words } };
};

export const isEmptyFilter = ({ ranges, pid, words }: Filter): boolean =>
  ranges.length === 0 && pid === null && words.length === 0;

export const accepts = (filter: Filter, subject: FilterSubject): boolean => {
  if (filter.ranges.length > 0 || filter.pid !== null) {
    const byPort = subject.ports.some((port) =>
      filter.ranges.some(({ first, last }) => first <= port && port <= last),
    );
    if (!byPort && (filter.pid === null || !subject.pids.includes(filter.pid))) return false;
  }
  return filter.words.every((word) => subject.words.includes(word));
};

/** The words of a row, from whatever it has of them. */
export const wordsOf = (
  processes: readonly ProcessInfo[],
  sockets: readonly Pick<SocketInfo, 'transport' | 'family' | 'address' | 'state'>[],
  more: readonly string[] = [],
): string =>
  [
    ...processes.flatMap((process) => [
      process.name,
      process.executable ?? '',
      process.args.join(' '),
      process.userName ?? '',
    ]),
    ...sockets.flatMap((socket) => [socket.transport, socket.family, socket.address, socket.state]),
    ...more,
  ]
    .join('\n')
    .toLowerCase();

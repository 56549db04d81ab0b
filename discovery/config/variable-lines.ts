import type { Place } from './place.js';

/** Variables as a shell or an env file sets them, and where the value of each begins. */
export interface VariableLines {
  readonly environment: Readonly<Record<string, string>>;
  readonly places: ReadonlyMap<string, Pick<Place, 'line' | 'column'>>;
  /** A quote that is never closed: where it opens. */
  readonly open: Pick<Place, 'line' | 'column'> | null;
}

const ASSIGNMENT = /[A-Za-z_][A-Za-z0-9_]*=/y;
const LINE = /^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*=/;

/** Whether a text sets variables, one or several a line, and is no YAML. */
export const setsVariables = (text: string): boolean => {
  const lines = text.split('\n').filter((line) => !/^\s*(#.*)?$/.test(line));
  return lines.length > 0 && lines.every((line) => LINE.test(line));
};

interface Word {
  readonly value: string;
  /** Behind it. */
  readonly end: number;
  /** Of the quote that is never closed; null: all are. */
  readonly open: number | null;
}

/** One word of a shell: plain, quoted, or pieces of both joined. Nothing is expanded. */
const wordAt = (line: string, from: number): Word => {
  let value = '';
  let at = from;
  while (at < line.length && !/\s/.test(line.charAt(at))) {
    const quote = line.charAt(at);
    if (quote === "'" || quote === '"') {
      const open = at;
      at += 1;
      while (at < line.length && line.charAt(at) !== quote) {
        if (quote === '"' && /[\\"$`]/.test(line.charAt(at + 1)) && line.charAt(at) === '\\') at += 1;
        value += line.charAt(at);
        at += 1;
      }
      if (at >= line.length) return { value, end: at, open };
      at += 1;
      continue;
    }
    if (quote === '\\' && at + 1 < line.length) at += 1;
    value += line.charAt(at);
    at += 1;
  }
  return { value, end: at, open: null };
};

/** Reads what {@link setsVariables}. A later setting of a variable goes before an earlier one. */
export const readVariables = (text: string): VariableLines => {
  const environment: Record<string, string> = {};
  const places = new Map<string, Pick<Place, 'line' | 'column'>>();
  let open: VariableLines['open'] = null;
  text.split(/\r?\n/).forEach((line, index) => {
    let at = 0;
    for (;;) {
      at += /^(\s|export\s)*/.exec(line.slice(at))?.[0].length ?? 0;
      if (line.charAt(at) === '#') return;
      ASSIGNMENT.lastIndex = at;
      const name = ASSIGNMENT.exec(line)?.[0].slice(0, -1);
      if (name === undefined) return;
      const from = at + name.length + 1;
      const word = wordAt(line, from);
      environment[name] = word.value;
      places.set(name, { line: index + 1, column: from + 1 });
      if (word.open !== null) open ??= { line: index + 1, column: word.open + 1 };
      at = word.end;
    }
  });
  return { environment, places, open };
};

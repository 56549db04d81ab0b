/** C0, DEL and C1 controls, and the marks that reorder text: what could take over or mislead a terminal. */
// eslint-disable-next-line no-control-regex -- control characters are what it is for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text of others (names, paths, arguments) made safe to print: controls are shown as `\x1b`. */
export const printable = (text: string): string =>
  text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\r') return '\\r';
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });

/** Shortened in the middle, where a path tells least. */
export const shortened = (text: string, width: number): string => {
  if (text.length <= width) return text;
  const head = Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
};

export type Style = 'good' | 'bad' | 'warn' | 'quiet' | 'strong' | 'accent';

const codes: Readonly<Record<Style, readonly [number, number]>> = {
  good: [32, 39],
  bad: [31, 39],
  warn: [33, 39],
  quiet: [90, 39],
  strong: [1, 22],
  accent: [36, 39],
};

/** Paints text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

export const paint: Paint = (style, text) =>
  text === '' ? text : `\u001b[${String(codes[style][0])}m${text}\u001b[${String(codes[style][1])}m`;

export const plain: Paint = (_style, text) => text;

/** Colour only for a terminal that was not asked to do without (https://no-color.org). */
export const paintFor = (
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Paint => {
  const refused = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return stream.isTTY === true && !refused ? paint : plain;
};

/**
 * Lines of at most `width` characters, broken between words. The first begins with `first`, those
 * after it with `rest`; both count. A word that is longer than a line stays whole.
 */
export const wrapped = (text: string, width: number, first = '', rest = ''): string[] => {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
};

/**
 * Splits a text in two so that the first part may be cut and the second never is: for a path its
 * last part and the slash before it, else the last `tail` characters. At most `longest` characters
 * are kept whole, so that one endless name cannot push everything else out.
 */
export const splitMiddle = (text: string, tail = 12, longest = 28): readonly [string, string] => {
  const slash = text.lastIndexOf('/');
  const last = slash > 0 ? text.length - slash : tail;
  const kept = Math.min(Math.max(last, 1), longest, text.length);
  // Never between the two halves of a surrogate pair.
  const cut = text.length - kept;
  const low = text.charCodeAt(cut);
  const at = low >= 0xdc00 && low <= 0xdfff ? cut + 1 : cut;
  return [text.slice(0, at), text.slice(at)];
};

/** Shortens in the middle to at most `length` characters: `/home/ada/…/server.js`. */
export const shortenMiddle = (text: string, length: number): string => {
  if (text.length <= length) return text;
  const room = Math.max(length - 1, 1);
  const [, end] = splitMiddle(text, Math.ceil(room / 2), Math.max(Math.ceil(room * 0.7), 1));
  const head = Math.max(room - end.length, 0);
  return `${text.slice(0, head)}…${end}`;
};

import { noFilter, parseFilter, type Filter } from './filter.js';

let parsedText = '';
let inForce: Filter = noFilter;

/**
 * The filter of a text; of one that cannot be read (`80, 90-`), the last one that could. The same
 * object comes back for as long as the text stays, so that it can be compared by identity.
 */
export const filterInForce = (text: string): Filter => {
  if (text === parsedText) return inForce;
  parsedText = text;
  const parsed = parseFilter(text);
  if (parsed.ok) inForce = parsed.filter;
  return inForce;
};

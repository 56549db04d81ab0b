import type { Selectors } from '../../contract/index.js';

/** Shortens to a number of UTF-16 units without cutting a character in two. */
export const cut = (text: string, most: number): string => {
  if (text.length <= most) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(most - 1)) ? most - 1 : most;
  return text.slice(0, end);
};

export const LONGEST_NAME = 80;
export const LONGEST_NAMESPACE = 200;

/** What a criterion is called that has no name of its own. */
export const nameOf = (selectors: Selectors, fallback: string): string => {
  const { openPorts, executable, args, languages, pids, containerName, user, unit } = selectors;
  const parts = [
    selectors.everything ? 'everything' : null,
    openPorts === null ? null : `port ${openPorts}`,
    executable?.text,
    args?.text,
    languages?.text,
    pids === null ? null : `pid ${pids.slice(0, 20).join(',')}`,
    containerName?.text,
    user === null ? null : `user ${user.text}`,
    unit?.text,
  ];
  const name = parts
    .filter((part) => part !== null && part !== undefined)
    .join(' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return name === '' ? fallback : cut(name, LONGEST_NAME).trim();
};

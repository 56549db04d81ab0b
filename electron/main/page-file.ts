import { isAbsolute, join, normalize, relative } from 'node:path';

/** The file below `root` that a page address stands for, or null where it leads out of the folder. */
export const fileOf = (root: string, url: string): string | null => {
  let path: string;
  try {
    path = decodeURIComponent(new URL(url).pathname);
  } catch {
    return null;
  }
  const file = normalize(join(root, path));
  const inside = relative(root, file);
  return path.includes('\0') || inside.startsWith('..') || isAbsolute(inside) ? null : file;
};

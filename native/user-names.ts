import { readFileSync, statSync } from 'node:fs';

/** How long names are taken as they are before the file is looked at again. */
const freshForMs = 1000;

const parse = (text: string): Map<number, string> => {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':');
    // The first entry of a uid is the one that the system's own tools show.
    if (name && uid && /^\d+$/.test(uid) && !names.has(Number(uid))) names.set(Number(uid), name);
  }
  return names;
};

/**
 * Names of users by uid, null for one without a name. Reads `path` (passwd format) once and again
 * when its modification time changes; users of other name services (LDAP, SSSD) have no name here.
 */
export const createUserNames = (
  path = '/etc/passwd',
  now: () => number = () => performance.now(),
): ((uid: number) => string | null) => {
  let names = new Map<number, string>();
  let modified = -1;
  let lookedAt = -Infinity;
  return (uid) => {
    if (now() - lookedAt >= freshForMs) {
      lookedAt = now();
      try {
        const { mtimeMs } = statSync(path);
        if (mtimeMs !== modified) {
          names = parse(readFileSync(path, 'utf8'));
          modified = mtimeMs;
        }
      } catch {
        names = new Map();
        modified = -1;
      }
    }
    return names.get(uid) ?? null;
  };
};

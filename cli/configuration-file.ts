import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CommandFailure, USAGE } from './failure.js';

const MOST_BYTES = 4 * 1024 * 1024;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; look at its path',
  ENOTDIR: 'a part of its path is no folder; look at its path',
  EACCES:
    'it may not be read by this user; change its permissions, or hand it over on stdin: --config /dev/stdin',
  EISDIR: 'it is a folder; name the YAML file in it',
  ELOOP: 'it is a symbolic link that leads to itself',
};

/** The text of a `--config` file. Throws a usage failure that says what keeps it from being read. */
export const readConfigurationFile = (path: string): string => {
  const fail = (reason: string): never => {
    throw new CommandFailure(USAGE, `${path === '' ? '--config ""' : path}: ${reason}.`);
  };
  let bytes: Buffer;
  try {
    bytes = readAtMost(path, MOST_BYTES + 1);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return fail(reasons[code] ?? `it cannot be read: ${message}`);
  }
  if (bytes.length > MOST_BYTES)
    return fail('over 4 MB, too large for a configuration; name the YAML file itself');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail('not a text file in UTF-8; name the YAML file itself');
  }
};

/** Also of pipes, whose size nobody knows before. */
const readAtMost = (path: string, most: number): Buffer => {
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
    const chunks: Buffer[] = [];
    let length = 0;
    while (length < most) {
      const chunk = Buffer.alloc(Math.min(65_536, most - length));
      const read = readSync(file, chunk);
      if (read === 0) break;
      chunks.push(chunk.subarray(0, read));
      length += read;
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(file);
  }
};

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';

/** What became of a file on reading; `setAside` is where a file that could not be read was moved. */
export interface ReadResult<T> {
  readonly value: T | null;
  readonly setAside: string | null;
  readonly problem: string | null;
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/**
 * Reads a JSON file of a known shape. A file that is damaged or of another version is moved aside,
 * so that the next write cannot destroy what the user had.
 */
export const readJsonFile = <T>(path: string, schema: z.ZodType<T>): ReadResult<T> => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return { value: null, setAside: null, problem: null };
    return { value: null, setAside: null, problem: `${path} could not be read: ${String(error)}` };
  }
  let problem: string;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return { value: parsed.data, setAside: null, problem: null };
    const issue = parsed.error.issues[0];
    problem = issue === undefined ? 'wrong shape' : `${issue.path.join('.')}: ${issue.message}`;
  } catch (error) {
    problem = String(error);
  }
  const setAside = `${path}.damaged-${new Date().toISOString().replaceAll(':', '-')}`;
  try {
    renameSync(path, setAside);
  } catch {
    return { value: null, setAside: null, problem: `${path}: ${problem}` };
  }
  return { value: null, setAside, problem: `${path}: ${problem}` };
};

/** Writes beside the file and renames, so that a crash or a full disk leaves the old one whole. */
export const writeWhole = (path: string, text: string, mode: number): void => {
  const temporary = `${path}.${String(process.pid)}.new`;
  try {
    writeFileSync(temporary, text, { mode, flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
};

/** Makes the folder where it is missing; only the user may read the file. */
export const writeJsonFile = (path: string, value: unknown): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`, 0o600);
};

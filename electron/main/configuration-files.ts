import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { writeWhole } from './json-file.js';

/** Bytes. A configuration of thousands of criteria is far below; a recording picked by mistake is not. */
const MOST_BYTES = 4_000_000;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

const readProblem = (error: unknown, path: string): string => {
  switch (codeOf(error)) {
    case 'ENOENT':
      return `${path} does not exist any more.`;
    case 'EACCES':
    case 'EPERM':
      return `You may not read ${path}. Ask its owner for permission, or paste its text.`;
    case 'EISDIR':
      return `${path} is a folder. Choose a file in it.`;
    default:
      return `${path} could not be read: ${error instanceof Error ? error.message : String(error)}`;
  }
};

const writeProblem = (error: unknown, path: string): string => {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `There is no space left for ${path}. Free some, or choose another folder.`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `You may not write ${path}. Choose a folder of your own.`;
    case 'EISDIR':
      return `${path} is a folder. Choose a name for the file in it.`;
    default:
      return `${path} could not be written: ${error instanceof Error ? error.message : String(error)}`;
  }
};

/** Text of a file that must be there, UTF-8, and of at most 4 MB. Rejects in words. */
export const readConfigurationFile = async (path: string): Promise<{ file: string; text: string }> => {
  let bytes: Buffer;
  try {
    const handle = await open(path, 'r');
    try {
      if (!(await handle.stat()).isFile()) {
        throw Object.assign(new Error('not a file'), { code: 'EISDIR' });
      }
      // One byte more than allowed tells that it is too large, however large it is.
      const buffer = Buffer.alloc(MOST_BYTES + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
        length += bytesRead;
        if (bytesRead === 0 || length === buffer.length) break;
      }
      bytes = buffer.subarray(0, length);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new Error(readProblem(error, path), { cause: error });
  }
  if (bytes.length > MOST_BYTES) {
    throw new Error(`${path} is larger than 4 MB, so it is no configuration. Choose a YAML file.`);
  }
  try {
    return { file: basename(path), text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    throw new Error(`${path} is not text in UTF-8, so it is no configuration. Choose a YAML file.`, {
      cause: error,
    });
  }
};

/** Writes all of it or leaves what was there. Throws in words. */
export const writeConfigurationFile = (path: string, text: string): void => {
  try {
    writeWhole(path, text, 0o644);
  } catch (error) {
    throw new Error(writeProblem(error, path), { cause: error });
  }
};

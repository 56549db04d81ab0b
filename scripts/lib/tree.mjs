import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { logged } from './command.mjs';
import { systemLogDir } from './paths.mjs';

/** Written last into a folder that is made in one move; without it the folder was not finished. */
const marker = 'bindscope-origin.json';

/** @param {string} dir */
export const isComplete = (dir) => existsSync(join(dir, marker));

/**
 * Makes a folder in one move, so that nobody ever sees half of it, and readable for everybody.
 *
 * @param {string} dir Where it shall be; replaced when it is there.
 * @param {Record<string, string>} origin Where its content is from, told in the marker.
 * @param {(scratch: string) => Promise<void>} fill Puts the files into an empty folder.
 */
export async function makeTree(dir, origin, fill) {
  mkdirSync(dirname(dir), { recursive: true });
  const scratch = mkdtempSync(join(dirname(dir), '.unfinished-'));
  try {
    await fill(scratch);
    writeFileSync(join(scratch, marker), `${JSON.stringify(origin, null, 2)}\n`);
    await logged('chmod', ['-R', 'a+rX', scratch], {
      log: join(systemLogDir, 'chmod'),
      remedy: `Check that this user may write to ${dirname(dir)}.`,
    });
    rmSync(dir, { recursive: true, force: true });
    renameSync(scratch, dir);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRoot } from '../../scripts/lib/paths.mjs';
import { unprivilegedUser } from '../../scripts/lib/user.mjs';

/** Folders of one user of the app, who may start it several times. */
export interface Home {
  readonly dir: string;
  /** Exists, is empty at first, and the app may write there. */
  readonly exportDir: string;
  remove(): void;
}

/** The home belongs to the user the app runs as. */
export function createHome(): Home {
  const dir = mkdtempSync(join(tmpdir(), 'bindscope-e2e-'));
  const exportDir = join(dir, 'exports');
  mkdirSync(exportDir);
  if (isRoot) {
    const { uid, gid } = unprivilegedUser();
    for (const path of [dir, exportDir]) chownSync(path, uid, gid);
  }
  return { dir, exportDir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

import type { FileHandle } from 'node:fs/promises';
import { open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ExportProgress } from '../../contract/index.js';
import type { Export } from '../../discovery/pipeline.js';
import { fileErrorText } from './file-errors.js';

/** Least time between two reports of progress. */
const PROGRESS_MS = 100;
/** Space for the affixes of the temporary name within the 255 bytes of a file name. */
const MOST_NAME = 200;

export interface ExportJob {
  readonly path: string;
  readonly data: Export;
  /** Aborted: cancel. */
  readonly signal: AbortSignal;
  /** Told at most ten times a second while running, and once at the end. */
  readonly progress: (progress: ExportProgress) => void;
}

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/**
 * Writes an export beside its target, makes it durable and moves it into place, so that at `path`
 * there is either what was there before or the whole export. Never rejects: the last progress tells.
 */
export const exportToFile = async ({ path, data, signal, progress }: ExportJob): Promise<void> => {
  const temporary = join(
    dirname(path),
    `.${basename(path).slice(0, MOST_NAME)}.${String(process.pid)}-${String(Date.now())}.part`,
  );
  let file: FileHandle | null = null;
  let created = false;
  try {
    const existing = await stat(path).catch(() => null);
    if (existing?.isDirectory() === true) {
      throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
    }
    // The log tells what people run; it is nobody else's to read.
    file = await open(temporary, 'wx', 0o600);
    created = true;
    const { total } = data;
    let written = 0;
    let toldAt = performance.now();
    progress({ state: 'running', written, total });
    for (const chunk of data.chunks) {
      if (signal.aborted) break;
      await file.writeFile(chunk.text);
      written += chunk.events;
      const now = performance.now();
      if (now - toldAt >= PROGRESS_MS) {
        toldAt = now;
        progress({ state: 'running', written, total });
      }
    }
    if (!signal.aborted) await file.sync();
    await file.close();
    file = null;
    if (signal.aborted) {
      await unlink(temporary);
      progress({ state: 'cancelled' });
      return;
    }
    await rename(temporary, path);
    created = false;
    await syncFolder(dirname(path));
    progress({ state: 'done', written, path });
  } catch (error) {
    await file?.close().catch(() => undefined);
    if (created) await unlink(temporary).catch(() => undefined);
    progress({ state: 'failed', path, message: fileErrorText(error, path) });
  }
};

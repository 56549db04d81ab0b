import { basename } from 'node:path';
import type { ExecutableType, FileId, InspectedProcess } from '../../contract/index.js';
import { FileBytes } from './byte-source.js';
import { Elf } from './elf.js';
import { languageOf } from './language.js';
import { LruMap } from './lru.js';
import { openExecutable } from './open-executable.js';
import type { ProcRoot } from './proc.js';
import { Slots } from './slots.js';
import { Unreadable } from './unreadable.js';

export interface ExecutableTypesOptions {
  readonly proc: ProcRoot;
  /** Most files remembered. */
  readonly remembered: number;
  /** Most milliseconds until an answer, waiting for others included. */
  readonly timeoutMs: number;
}

/** Half of the threads that Node has for files: a dead network file system may hang these, never all. */
const AT_ONCE = 2;
const MOST_WAITING = 1024;

const keyOf = ({ device, inode }: FileId): string => `${String(device)}:${String(inode)}`;

const unknown = (reason: string): ExecutableType => ({ language: 'unknown', version: null, reason });

interface Look {
  readonly type: ExecutableType;
  /** Whether it is true of the file, not only of this attempt to read it. */
  readonly lasting: boolean;
  readonly file: FileId | null;
}

/**
 * Types of executables, each file read once. Invariant: a file is its device and inode. What runs
 * cannot be written to (ETXTBSY), and what replaces it is another inode; only where a file system
 * gives a deleted file's inode to a new one, the new one is told the old one's type until that is
 * forgotten.
 */
export class ExecutableTypes {
  readonly #proc: ProcRoot;
  readonly #slots: Slots;
  readonly #known: LruMap<string, ExecutableType>;
  /** Files that are being read, so that two processes of one file make one reading. */
  readonly #reading = new Map<string, Promise<Look>>();

  constructor({ proc, remembered, timeoutMs }: ExecutableTypesOptions) {
    this.#proc = proc;
    this.#known = new LruMap(remembered);
    this.#slots = new Slots({ atOnce: AT_ONCE, waiting: MOST_WAITING, timeoutMs });
  }

  known(file: FileId): ExecutableType | undefined {
    return this.#known.get(keyOf(file));
  }

  /** Never rejects; `unknown` with the reason where it cannot be told. */
  async of(process: InspectedProcess): Promise<ExecutableType> {
    if (process.executableFile === null) return (await this.#look(process)).type;
    const key = keyOf(process.executableFile);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const other = this.#reading.get(key);
    if (other !== undefined) {
      const look = await other;
      // What kept that process's file from being read may not keep this one's.
      return look.lasting ? look.type : (await this.#look(process)).type;
    }
    const look = this.#look(process);
    this.#reading.set(key, look);
    const { type } = await look;
    this.#reading.delete(key);
    return type;
  }

  async #look(process: InspectedProcess): Promise<Look> {
    let look: Look;
    try {
      look = await this.#slots.run(() => this.#read(process));
    } catch (error) {
      const lasting = error instanceof Unreadable && error.lasting;
      const reason = error instanceof Error ? error.message : String(error);
      look = { type: unknown(reason), lasting, file: null };
    }
    const file = process.executableFile ?? look.file;
    if (look.lasting && file !== null) this.#known.set(keyOf(file), look.type);
    return look;
  }

  async #read(process: InspectedProcess): Promise<Look> {
    const { handle, file, size } = await openExecutable(process, this.#proc);
    try {
      const elf = await Elf.open(new FileBytes(handle, size));
      const type = await languageOf(elf, basename(process.executable ?? ''));
      return { type, lasting: true, file };
    } finally {
      await handle.close();
    }
  }
}

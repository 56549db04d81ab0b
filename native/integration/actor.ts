import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readlink, rm, stat as statFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FileId } from '../../contract/index.js';

/** What the actor answers: see actor.cpp. */
export interface Answer {
  readonly errno: number;
  readonly port: number;
  readonly cookie: bigint;
  readonly inode: bigint;
  readonly pid: number;
}

/** What the kernel says of a process in /proc. */
export interface ProcFacts {
  readonly startTicks: bigint;
  readonly parentPid: number;
  readonly executable: string;
  readonly executableFile: FileId;
  readonly args: readonly string[];
  readonly networkNamespace: number;
}

export const procFacts = async (pid: number): Promise<ProcFacts> => {
  const [stat, cmdline, executable, file, netns] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
    readlink(`/proc/${pid}/exe`),
    statFile(`/proc/${pid}/exe`, { bigint: true }),
    readlink(`/proc/${pid}/ns/net`),
  ]);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    startTicks: BigInt(fields[19] ?? ''),
    parentPid: Number(fields[1]),
    executable,
    executableFile: { device: Number(file.dev), inode: file.ino },
    args: cmdline.split('\0').slice(0, -1),
    networkNamespace: Number(/\d+/.exec(netns)?.[0]),
  };
};

/** Compiles a program of this folder into one of its own; `remove` deletes it. Throws what the compiler says. */
export const buildProgram = async (
  name: string,
): Promise<{
  readonly program: string;
  readonly remove: () => Promise<void>;
}> => {
  const folder = await mkdtemp(join(tmpdir(), `bindscope-${name}-`));
  const program = join(folder, `bindscope-${name}`);
  const source = fileURLToPath(new URL(`${name}.cpp`, import.meta.url));
  await promisify(execFile)('c++', ['-std=c++17', '-O1', '-o', program, source]);
  await promisify(execFile)('chmod', ['-R', 'a+rX', folder]);
  return { program, remove: () => rm(folder, { recursive: true }) };
};

export const buildActor = (): ReturnType<typeof buildProgram> => buildProgram('actor');

/** A process that does with sockets what it is told. */
export class Actor {
  readonly pid: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  static async start(program: string, args: readonly string[] = []): Promise<Actor> {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child, 'spawn');
    if (child.pid === undefined) throw new Error(`${program} did not start`);
    return new Actor(child, child.pid);
  }

  async do(command: string): Promise<Answer> {
    this.#child.stdin.write(`${command}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`the actor ended instead of answering "${command}"`);
    const said = JSON.parse(line.value) as Record<'errno' | 'port' | 'pid', number> &
      Record<'cookie' | 'inode', string | undefined>;
    return { ...said, cookie: BigInt(said.cookie ?? 0), inode: BigInt(said.inode ?? 0) };
  }

  /** Starts another program in its place. */
  exec(command: string): void {
    this.#child.stdin.write(`exec ${command}\n`);
  }

  /** Ends it: by the end of its input (exit status 3), or by a signal. */
  async end(signal?: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    if (signal === undefined) this.#child.stdin.end();
    else this.#child.kill(signal);
    await exited;
  }
}

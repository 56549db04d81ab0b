import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { KernelEvent } from '../../contract/index.js';
import { decodeEvents, type HelperAddress, type NativeLoss } from '../index.js';
import { paths } from './recorder.js';

/** Keeps what a watcher is told; writes the records to a file and prints the rest for each line of its input. */
const script = `
  const { openWatcher } = require(process.argv[1]);
  const { writeFileSync } = require('node:fs');
  const records = [];
  const losses = [];
  let count = 0;
  const watcher = openWatcher({
    onEvents(batch) { records.push(batch.records); count += batch.count; losses.push(...batch.losses); },
    onHangup() {},
  });
  watcher.connect(JSON.parse(process.argv[2])).then(() => console.log('connected'));
  require('node:readline').createInterface({ input: process.stdin }).on('line', (file) => {
    writeFileSync(file, Buffer.concat(records));
    console.log(JSON.stringify({ count, losses }, (_, value) => typeof value === 'bigint' ? String(value) : value));
  }).on('close', () => watcher.close());`;

/** A watcher in a process of its own, which can be stopped as a whole: nothing reads the ring buffer then. */
export class StalledEngine {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'bindscope-stalled-'));

  private constructor(address: HelperAddress) {
    this.#child = spawn(process.execPath, ['-e', script, paths.addon, JSON.stringify(address)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  static async start(address: HelperAddress): Promise<StalledEngine> {
    const engine = new StalledEngine(address);
    if ((await engine.#lines.next()).value !== 'connected') throw new Error('the engine did not connect');
    return engine;
  }

  stop(): void {
    this.#child.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child.kill('SIGCONT');
  }

  /** What it was told so far. */
  async told(): Promise<{ events: KernelEvent[]; losses: NativeLoss[] }> {
    const file = join(this.#folder, 'records');
    this.#child.stdin.write(`${file}\n`);
    const { value } = (await this.#lines.next()) as { value: string };
    const { count, losses } = JSON.parse(value) as {
      count: number;
      losses: { where: NativeLoss['where']; count: number; from: string; to: string }[];
    };
    return {
      events: decodeEvents({ records: readFileSync(file), count }),
      losses: losses.map(({ from, to, ...loss }) => ({ ...loss, from: BigInt(from), to: BigInt(to) })),
    };
  }

  end(): void {
    this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true });
  }
}

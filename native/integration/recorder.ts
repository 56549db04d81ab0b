import type { KernelEvent, SnapshotColumns } from '../../contract/index.js';
import { decodeEvents, loadAddon } from '../index.js';
import type { HelperAddress, HelperConnected, NativeLoss, NativeWatcher } from '../index.js';
import { nativePaths } from '../paths.js';

export const paths = nativePaths(import.meta.url);
export const isRoot = process.geteuid?.() === 0;
export const helperAddress: HelperAddress = { kind: 'spawn', command: [paths.helper, '--stdin'] };

const patienceMs = 20_000;

/** A watcher that remembers every event, and waits for some. */
export class Recorder {
  readonly watcher: NativeWatcher;
  readonly events: KernelEvent[] = [];
  readonly losses: NativeLoss[] = [];
  /** Records of the largest batch. */
  largestBatch = 0;
  hangups = 0;
  readonly #waiting = new Set<() => void>();

  constructor(options: { readonly queueLength?: number } = {}) {
    this.watcher = loadAddon(paths.addon).openWatcher({
      ...options,
      onEvents: (batch) => {
        this.losses.push(...batch.losses);
        this.largestBatch = Math.max(this.largestBatch, batch.count);
        this.events.push(...decodeEvents(batch));
        this.#changed();
      },
      onHangup: () => {
        this.hangups += 1;
        this.#changed();
      },
    });
  }

  clocks(): { readonly boot: bigint } {
    return loadAddon(paths.addon).clocks();
  }

  connect(address: HelperAddress = helperAddress): Promise<HelperConnected> {
    return this.watcher.connect(address);
  }

  /** The first event that `wanted` is true of, now or later. Rejects when none comes in time. */
  event(what: string, wanted: (event: KernelEvent) => boolean): Promise<KernelEvent> {
    return this.until(what, () => this.events.find(wanted));
  }

  /** The first value other than undefined and false that `look` gives after some change. */
  async until<T>(what: string, look: () => T | undefined | false): Promise<T> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`did not come within ${patienceMs} ms: ${what}`);
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, left);
        this.#waiting.add(done);
      });
    }
  }

  #changed(): void {
    for (const done of [...this.#waiting]) done();
  }
}

/** One row of a snapshot's sockets. */
export interface SocketRow {
  readonly pid: number;
  readonly cookie: bigint;
  readonly inode: bigint;
  readonly uid: number;
  readonly networkNamespace: number;
  readonly family: number;
  readonly protocol: number;
  readonly state: number;
  readonly port: number;
  readonly address: string;
}

/** Rows of the sockets with these cookies, ordered by cookie and holder. */
export const socketRows = (
  { sockets }: SnapshotColumns,
  cookies: readonly bigint[],
): readonly SocketRow[] => {
  const rows: SocketRow[] = [];
  const at = <T>(column: ArrayLike<T>, index: number): T => {
    const value = column[index];
    if (value === undefined) throw new Error(`no row ${index}`);
    return value;
  };
  for (let index = 0; index < sockets.length; index += 1) {
    const cookie = at(sockets.cookie, index);
    if (!cookies.includes(cookie)) continue;
    rows.push({
      pid: at(sockets.pid, index),
      cookie,
      inode: at(sockets.inode, index),
      uid: at(sockets.uid, index),
      networkNamespace: at(sockets.networkNamespace, index),
      family: at(sockets.family, index),
      protocol: at(sockets.protocol, index),
      state: at(sockets.state, index),
      port: at(sockets.port, index),
      address: Buffer.from(sockets.address.subarray(index * 16, index * 16 + 16)).toString('hex'),
    });
  }
  return rows.sort((a, b) => Number(a.cookie - b.cookie) || a.pid - b.pid);
};

/** One process of a snapshot; null when it is not in it. */
export const processRow = ({ processes }: SnapshotColumns, pid: number) => {
  const index = processes.pid.indexOf(pid);
  if (index === -1) return null;
  const text = (offsets: Uint32Array): string =>
    new TextDecoder().decode(processes.text.subarray(offsets[index], offsets[index + 1]));
  return {
    parentPid: processes.parentPid[index],
    uid: processes.uid[index],
    startTime: processes.startTime[index],
    networkNamespace: processes.networkNamespace[index],
    cgroupId: processes.cgroupId[index],
    argsLength: processes.argsLength[index],
    executableKnown: processes.executableKnown[index],
    executableDevice: processes.executableDevice[index],
    executableInode: processes.executableInode[index],
    name: text(processes.name),
    executable: text(processes.executable),
    args: text(processes.args),
  };
};

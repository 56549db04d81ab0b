import type { FileId, SnapshotColumns, Transport } from '../../contract/index.js';
import { encodeText } from '../text.js';

export interface ProcessRow {
  readonly pid: number;
  readonly start: bigint;
  readonly parentPid: number;
  readonly uid: number;
  readonly name: string;
  /** Null: cannot be read. */
  readonly executable: string | null;
  readonly executableFile: FileId | null;
  readonly args: readonly string[];
  readonly argsLength: number;
  readonly cgroupId: bigint;
  readonly networkNamespace: number;
}

/** One pair of holder and socket. */
export interface SocketRow {
  /** 0: no holder can be seen. */
  readonly pid: number;
  readonly cookie: bigint;
  readonly inode: bigint;
  readonly uid: number;
  readonly networkNamespace: number;
  readonly family: 'ipv4' | 'ipv6';
  readonly transport: Transport;
  readonly state: number;
  readonly port: number;
  /** 16, network byte order, IPv4 in the first 4. */
  readonly address: Uint8Array;
}

/** Strings one behind the other, and where each begins. */
class Strings {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  column(texts: readonly string[]): Uint32Array {
    const offsets = new Uint32Array(texts.length + 1);
    for (const [index, text] of texts.entries()) {
      offsets[index] = this.#length;
      const bytes = encodeText(text);
      this.#pieces.push(bytes);
      this.#length += bytes.length;
    }
    offsets[texts.length] = this.#length;
    return offsets;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}

/** Rows as the addon would give them. */
export const columnsOf = (
  processes: readonly ProcessRow[],
  sockets: readonly SocketRow[],
  snapshot: Pick<SnapshotColumns, 'source' | 'startedAt' | 'finishedAt'>,
): SnapshotColumns => {
  const strings = new Strings();
  const name = strings.column(processes.map((row) => row.name));
  const executable = strings.column(processes.map((row) => row.executable ?? ''));
  const args = strings.column(processes.map((row) => row.args.map((argument) => `${argument}\0`).join('')));
  const address = new Uint8Array(sockets.length * 16);
  for (const [index, row] of sockets.entries()) address.set(row.address, index * 16);
  return {
    ...snapshot,
    processes: {
      length: processes.length,
      pid: Uint32Array.from(processes, (row) => row.pid),
      parentPid: Uint32Array.from(processes, (row) => row.parentPid),
      uid: Uint32Array.from(processes, (row) => row.uid),
      startTime: BigUint64Array.from(processes, (row) => row.start),
      cgroupId: BigUint64Array.from(processes, (row) => row.cgroupId),
      networkNamespace: Uint32Array.from(processes, (row) => row.networkNamespace),
      argsLength: Uint32Array.from(processes, (row) => row.argsLength),
      executableKnown: Uint8Array.from(processes, (row) => (row.executable === null ? 0 : 1)),
      executableDevice: Uint32Array.from(processes, (row) => row.executableFile?.device ?? 0),
      executableInode: BigUint64Array.from(processes, (row) => row.executableFile?.inode ?? 0n),
      text: strings.bytes(),
      name,
      executable,
      args,
    },
    sockets: {
      length: sockets.length,
      pid: Uint32Array.from(sockets, (row) => row.pid),
      cookie: BigUint64Array.from(sockets, (row) => row.cookie),
      inode: BigUint64Array.from(sockets, (row) => row.inode),
      uid: Uint32Array.from(sockets, (row) => row.uid),
      networkNamespace: Uint32Array.from(sockets, (row) => row.networkNamespace),
      family: Uint8Array.from(sockets, (row) => (row.family === 'ipv4' ? 2 : 10)),
      protocol: Uint8Array.from(sockets, (row) => (row.transport === 'tcp' ? 6 : 17)),
      state: Uint8Array.from(sockets, (row) => row.state),
      port: Uint16Array.from(sockets, (row) => row.port),
      address,
    },
  };
};

import type { SaidSocket } from '../recording/step.js';
import { CLOSE, LISTEN } from '../recording/socket-states.js';

/** A socket that a scenario speaks of without a cookie. */
interface Known {
  readonly cookie: bigint;
  address: string | undefined;
  family: SaidSocket['family'];
  netns: number | undefined;
}

/** What is not said fits anything. */
const fits = <Fact>(left: Fact | undefined, right: Fact | undefined): boolean =>
  left === undefined || right === undefined || left === right;

/**
 * Tells whether two mentions are of one socket, where a scenario gives no cookies: the same process,
 * protocol and port, and an address that does not contradict. Cookies are given in order, so that the
 * same file gives the same ones.
 */
export class SocketIdentities {
  readonly #known = new Map<string, Known[]>();
  readonly #taken: ReadonlySet<bigint>;
  #last = 0n;

  /** `taken`: cookies that the file gives itself. */
  constructor(taken: ReadonlySet<bigint>) {
    this.#taken = taken;
  }

  /** The cookie of a socket of this process; `met` are those that another mention in the same poll stands for. */
  cookieOf(process: string, said: SaidSocket, met?: ReadonlySet<bigint>): bigint {
    const key = this.#key(process, said);
    const list = this.#known.get(key) ?? [];
    const known = list.find((one) => met?.has(one.cookie) !== true && this.#same(one, said));
    if (known !== undefined) {
      known.address ??= said.address;
      known.family ??= said.family;
      known.netns ??= said.netns;
      return known.cookie;
    }
    const { address, family, netns } = said;
    const cookie = this.#fresh();
    list.push({ cookie, address, family, netns });
    this.#known.set(key, list);
    return cookie;
  }

  /** The socket is closed: the next one like it is another. */
  forget(process: string, said: SaidSocket): void {
    const key = this.#key(process, said);
    const list = this.#known.get(key);
    const index = list?.findIndex((one) => this.#same(one, said)) ?? -1;
    if (index >= 0) list?.splice(index, 1);
  }

  /** A poll looked at all sockets: those that it did not show are closed. */
  keepOnly(met: ReadonlySet<bigint>): void {
    for (const [key, list] of this.#known) {
      const left = list.filter(({ cookie }) => met.has(cookie));
      if (left.length === 0) this.#known.delete(key);
      else this.#known.set(key, left);
    }
  }

  /** A socket that listens was bound before and is one still; one that is connected is another. */
  #key(process: string, { transport, port, state }: SaidSocket): string {
    const connected = state !== LISTEN && state !== CLOSE;
    return `${process} ${transport} ${String(port)}${connected ? ' connected' : ''}`;
  }

  #same(known: Known, said: SaidSocket): boolean {
    return (
      fits(known.address, said.address) && fits(known.family, said.family) && fits(known.netns, said.netns)
    );
  }

  #fresh(): bigint {
    do this.#last += 1n;
    while (this.#taken.has(this.#last));
    return this.#last;
  }
}

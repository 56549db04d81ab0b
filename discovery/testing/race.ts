/** Something that happens. Processes and sockets are chosen by number, round and round those there are. */
export type Deed =
  | { readonly do: 'fork'; readonly who: number; readonly pid: number }
  | { readonly do: 'exec' | 'exit'; readonly who: number }
  | { readonly do: 'bind'; readonly who: number; readonly port: number; readonly udp: boolean }
  /** listen() without bind(). */
  | { readonly do: 'autobind'; readonly who: number; readonly port: number }
  | { readonly do: 'listen' | 'listen in vain' | 'shutdown' | 'close'; readonly socket: number }
  /** SCM_RIGHTS to a process that does not have it; `move`: the sender then closes its own. */
  | { readonly do: 'pass'; readonly socket: number; readonly who: number; readonly move: boolean }
  /** The ring has no room for so many records. */
  | { readonly do: 'lose'; readonly count: number }
  /** Whoever takes the records does not come to it. */
  | { readonly do: 'stall'; readonly us: number };

export type Action = Deed & {
  /** Between what can be seen of it and its record, or the other way round. */
  readonly lagUs: number;
  /** From its record's place in the ring to the time that is written into it. */
  readonly skewUs: number;
  /** Until the next action. */
  readonly thenUs: number;
};

export interface Race {
  /** Nobody is told of anything but by snapshots. */
  readonly limited: boolean;
  /** The hook of listening speaks before listen() knows, and takes back. */
  readonly unconfirmed: boolean;
  /** Sockets have no cookie until an event makes one (before Linux 5.12). */
  readonly cookieless: boolean;
  /** Happens before anybody watches. */
  readonly before: readonly Action[];
  readonly actions: readonly Action[];
  /** How long the snapshots take, one after the other. */
  readonly snapshotsUs: readonly number[];
  readonly deliveryUs: number;
  /** Most records in a batch. */
  readonly batch: number;
}

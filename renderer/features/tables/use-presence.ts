import { useCallback, useEffect, useRef, useState } from 'react';
import type { LiveTables } from '../../model/timeline-log.js';
import { TablePresence, type Shown } from '../../model/table-presence.js';
import type { Compare } from '../../model/table-sort.js';
import { useLive } from '../../store/live.js';

/** Rows from which a table follows a busy machine a few times a second and not with every batch. */
const manyRows = 1500;
const followEvery = 60;
const followManyEvery = 350;

export interface PresenceInput<Row> {
  /** The rows that exist; cheap where nothing changed. */
  readonly derive: (tables: LiveTables) => readonly Row[];
  readonly accepts: (row: Row) => boolean;
  readonly compare: Compare<Row>;
}

const nothing: Shown<never> = { rows: [], waiting: 0, nextAt: Infinity };

/**
 * Rows of the live tables as a table shows them. `accepts`, `compare` and `derive` must keep their
 * identity while they mean the same. `total`: rows that exist, whatever the filter.
 */
export const usePresence = <Row extends { readonly key: string }>({
  derive,
  accepts,
  compare,
}: PresenceInput<Row>): {
  readonly shown: Shown<Row>;
  readonly total: number;
  readonly hold: (held: boolean) => void;
} => {
  const [state, setState] = useState<{ readonly shown: Shown<Row>; readonly total: number }>({
    shown: nothing,
    total: 0,
  });
  const input = useRef({ derive, accepts, compare });
  const held = useRef(false);
  const refresh = useRef<(() => void) | null>(null);

  useEffect(() => {
    const presence = new TablePresence<Row>();
    let timer: ReturnType<typeof setTimeout> | null = null;
    let due = Infinity;
    let last = -Infinity;
    let log = useLive.getState().events;

    const run = (asked: boolean): void => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      due = Infinity;
      last = performance.now();
      const live = useLive.getState();
      if (!live.events.continues(log)) presence.forget();
      log = live.events;
      const rows = input.current.derive(live);
      const { accepts: wanted, compare: order } = input.current;
      const shown = presence.update({
        rows,
        accepts: wanted,
        compare: order,
        // What the user asks for (another filter, another order) is not held back.
        held: held.current && !asked,
        now: last,
      });
      setState({ shown, total: rows.length });
      if (shown.nextAt !== Infinity) later(shown.nextAt - last);
    };
    const later = (ms: number): void => {
      const at = performance.now() + ms;
      if (at >= due) return;
      if (timer !== null) clearTimeout(timer);
      due = at;
      timer = setTimeout(() => run(false), Math.max(0, ms));
    };
    refresh.current = () => run(true);
    run(false);
    const end = useLive.subscribe((next, before) => {
      if (
        next.sockets === before.sockets &&
        next.processes === before.processes &&
        next.matches === before.matches
      ) {
        return;
      }
      const every = next.sockets.size > manyRows ? followManyEvery : followEvery;
      later(Math.max(0, last + every - performance.now()));
    });
    return () => {
      end();
      if (timer !== null) clearTimeout(timer);
      refresh.current = null;
    };
  }, []);

  useEffect(() => {
    input.current = { derive, accepts, compare };
    refresh.current?.();
  }, [derive, accepts, compare]);

  const hold = useCallback((next: boolean) => {
    held.current = next;
    // On leaving, what waited comes in; on entering, nothing may change.
    if (!next) refresh.current?.();
  }, []);

  return { ...state, hold };
};

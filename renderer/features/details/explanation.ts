import { useEffect, useRef, useState } from 'react';
import type { ProcessKey, SocketRow } from '../../../contract/index.js';
import type { Explanation } from '../../ipc/engine-client.js';
import { useCriteria } from '../../store/criteria.js';
import { useLive } from '../../store/live.js';
import { engine } from '../../store/session.js';
import { useStatus } from '../../store/status.js';

interface Answer {
  readonly process: ProcessKey;
  readonly explanation: Explanation | null;
}

/** A process whose sockets change all the time is asked about this often at most (ms). */
const ASK_EVERY_MS = 200;

/** What of its sockets the criteria look at. */
const socketFacts = (rows: readonly SocketRow[]): string =>
  rows.map(({ socket, holders }) => `${socket.key} ${socket.state} ${String(holders.length)}`).join('\n');

/**
 * What the engine says of a process: its ancestors, and the verdict of all criteria. Asked again
 * when what it depends on changes: its facts (`rows`: its sockets), its match, the criteria in force,
 * or the engine itself. `undefined` while the first answer is awaited; null when the engine is away.
 */
export const useExplanation = (
  key: ProcessKey,
  rows: readonly SocketRow[],
): Explanation | null | undefined => {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const askedAt = useRef(-Infinity);
  const inForce = useCriteria((state) => state.inForce);
  const match = useLive((live) => live.matches.get(key));
  const process = useLive((live) => live.processes.get(key));
  const connection = useStatus((state) => state.connection);
  const sockets = socketFacts(rows);
  useEffect(() => {
    let current = true;
    const ask = (): void => {
      askedAt.current = performance.now();
      engine.explain(key).then(
        (explanation) => {
          if (current) setAnswer({ process: key, explanation });
        },
        () => {
          if (current) setAnswer({ process: key, explanation: null });
        },
      );
    };
    const wait = askedAt.current + ASK_EVERY_MS - performance.now();
    const timer = wait > 0 ? setTimeout(ask, wait) : undefined;
    if (timer === undefined) ask();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [key, sockets, inForce, match, process, connection]);
  return answer?.process === key ? answer.explanation : undefined;
};

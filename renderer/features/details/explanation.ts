import { useEffect, useState } from 'react';
import type { ProcessKey } from '../../../contract/index.js';
import type { Explanation } from '../../ipc/engine-client.js';
import { useCriteria } from '../../store/criteria.js';
import { useLive } from '../../store/live.js';
import { engine } from '../../store/session.js';
import { useStatus } from '../../store/status.js';

interface Answer {
  readonly process: ProcessKey;
  readonly explanation: Explanation | null;
}

/**
 * What the engine says of a process: its ancestors, and every criterion condition by condition.
 * Asked again when what it depends on changes: its match, the criteria in force, its sockets'
 * number, or the engine itself. `undefined` while the first answer is awaited; null when the
 * engine is away.
 */
export const useExplanation = (key: ProcessKey, sockets: number): Explanation | null | undefined => {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const inForce = useCriteria((state) => state.inForce);
  const match = useLive((live) => live.matches.get(key));
  const connection = useStatus((state) => state.connection);
  useEffect(() => {
    let current = true;
    engine.explain(key).then(
      (explanation) => {
        if (current) setAnswer({ process: key, explanation });
      },
      () => {
        if (current) setAnswer({ process: key, explanation: null });
      },
    );
    return () => {
      current = false;
    };
  }, [key, sockets, inForce, match, connection]);
  return answer?.process === key ? answer.explanation : undefined;
};

import { useEffect, useState } from 'react';
import type { ReadConfiguration } from '../../ipc/engine-client.js';
import { engine } from '../../store/session.js';
import { useStatus } from '../../store/status.js';
import type { Source } from './configuration.js';

/** Typing rests this long before the engine reads. */
const SETTLE_MS = 200;

export type Reading =
  | { readonly state: 'empty' }
  | { readonly state: 'waiting' }
  | { readonly state: 'away' }
  | { readonly state: 'read'; readonly read: ReadConfiguration };

/** What the engine makes of a configuration. An answer about a text that has changed since is not shown. */
export const useReading = (source: Source): Reading => {
  const [answer, setAnswer] = useState<{ source: Source; read: ReadConfiguration | null } | null>(null);
  const connection = useStatus((state) => state.connection);
  const empty = source.text.trim() === '';
  useEffect(() => {
    if (empty) return undefined;
    let wanted = true;
    const timer = setTimeout(() => {
      engine.readConfiguration(source.file, source.text).then(
        (read) => {
          if (wanted) setAnswer({ source, read });
        },
        () => {
          if (wanted) setAnswer({ source, read: null });
        },
      );
    }, SETTLE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [source, empty, connection]);
  if (empty) return { state: 'empty' };
  if (answer?.source !== source) return { state: 'waiting' };
  return answer.read === null ? { state: 'away' } : { state: 'read', read: answer.read };
};

import { useEffect, useState } from 'react';
import { noSelectors, type CriterionDraft, type Selectors } from '../../../contract/index.js';
import type { Preview } from '../../ipc/engine-client.js';
import { useLive } from '../../store/live.js';
import { engine } from '../../store/session.js';
import { useStatus } from '../../store/status.js';

/** Typing rests this long before the engine is asked. */
const SETTLE_MS = 120;
/** What exists changes while an editor is open: asked again at most this often. */
const AGAIN_MS = 2000;

export type PreviewState =
  /** `current`: what was asked is what is typed now. */
  | { readonly state: 'known'; readonly preview: Preview; readonly current: boolean }
  | { readonly state: 'waiting' }
  /** The engine, which alone knows the processes and the patterns' dialect, is away. */
  | { readonly state: 'away' };

/** Rises when what exists may have changed, at most every two seconds, and not while nobody looks. */
const useSlowRevision = (): number => {
  const [revision, setRevision] = useState(() => useLive.getState().revision);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setRevision(useLive.getState().revision);
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return revision;
};

/** What a criterion would select now, asked once typing rests and again as the world changes. */
export const usePreview = (criterion: CriterionDraft): PreviewState => {
  const [answer, setAnswer] = useState<{ asked: string; preview: Preview | null } | null>(null);
  const revision = useSlowRevision();
  const connection = useStatus((state) => state.connection);
  const asked = JSON.stringify(criterion);
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(() => {
      engine.preview(JSON.parse(asked) as CriterionDraft).then(
        (preview) => {
          if (wanted) setAnswer({ asked, preview });
        },
        () => {
          if (wanted) setAnswer({ asked, preview: null });
        },
      );
    }, SETTLE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [asked, revision, connection]);
  if (answer === null) return { state: 'waiting' };
  if (answer.preview === null) return { state: 'away' };
  return { state: 'known', preview: answer.preview, current: answer.asked === asked };
};

/** What is wrong with a criterion as the engine sees it; null where the engine is away. Never rejects. */
export const checkNow = async (criterion: CriterionDraft): Promise<Preview['problems'] | null> => {
  try {
    return (await engine.preview(criterion)).problems;
  } catch {
    return null;
  }
};

export interface AloneCount {
  readonly field: keyof Selectors;
  readonly count: number;
}

const isSet = (value: unknown): boolean => value !== null && value !== false;

/** Fields by which a criterion selects. */
export const fieldsOf = ({ selectors }: Pick<CriterionDraft, 'selectors'>): (keyof Selectors)[] =>
  (Object.keys(selectors) as (keyof Selectors)[]).filter((field) => isSet(selectors[field]));

/**
 * How many processes each condition would select were it the only one: of a criterion that selects
 * nothing it tells which condition is to blame. Empty while `wanted` is false, or nothing is known.
 */
export const useAloneCounts = (criterion: CriterionDraft, wanted: boolean): readonly AloneCount[] => {
  const [known, setKnown] = useState<{ asked: string; counts: readonly AloneCount[] } | null>(null);
  const asked = JSON.stringify(criterion.selectors);
  const { id } = criterion;
  useEffect(() => {
    if (!wanted) return undefined;
    let current = true;
    const selectors = JSON.parse(asked) as CriterionDraft['selectors'];
    const alone = (field: keyof Selectors): Promise<AloneCount> =>
      engine
        .preview({
          id,
          name: 'alone',
          namespace: null,
          enabled: true,
          exclude: false,
          selectors: { ...noSelectors, [field]: selectors[field] },
          kept: {},
        })
        .then(({ count }) => ({ field, count }));
    Promise.all(fieldsOf({ selectors }).map(alone)).then(
      (counts) => {
        if (current) setKnown({ asked, counts });
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [asked, id, wanted]);
  return wanted && known?.asked === asked ? known.counts : [];
};

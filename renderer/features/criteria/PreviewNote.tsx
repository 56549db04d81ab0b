import { useEffect, useState, type ReactElement } from 'react';
import type { CriterionDraft } from '../../../contract/index.js';
import { keptKeysOf, selectorOfField } from '../../model/criterion-conditions.js';
import { useSettings } from '../../store/settings.js';
import { text } from '../../ui/text.js';
import { criteriaText } from './criteria-text.js';
import { ProcessNames } from './ProcessNames.js';
import { fieldsOf, useAloneCounts, type PreviewState } from './preview.js';
import styles from './Criteria.module.css';

const words = criteriaText.preview;
/** Processes named beside the count; the others are counted. */
const NAMED = 5;

export interface PreviewNoteProps {
  readonly criterion: CriterionDraft;
  readonly preview: PreviewState;
  /** Nothing is asked, so there is nothing to count. */
  readonly empty: boolean;
  /** A field has a problem, which says more than a count would. */
  readonly problems: boolean;
}

/** Why a criterion selects nothing: the condition to blame, or what the only one looks at. */
const WhyNone = ({ criterion }: { readonly criterion: CriterionDraft }): ReactElement | null => {
  const fields = fieldsOf(criterion);
  const counts = useAloneCounts(criterion, fields.length > 1);
  const asBeyla = useSettings((state) => state.settings?.countPortsAsBeyla ?? false);
  const [only] = fields;
  if (keptKeysOf(criterion).some(({ kubernetes }) => kubernetes)) return <p>{words.kubernetes}</p>;
  if (fields.length === 1 && only !== undefined) {
    const pattern = criterion.selectors[only];
    const isGlob =
      typeof pattern === 'object' && pattern !== null && 'syntax' in pattern && pattern.syntax === 'glob';
    if (isGlob) return <p>{words.whyGlob}</p>;
    return <p>{asBeyla && only === 'openPorts' ? words.whyPortsAsBeyla : words.why[only]}</p>;
  }
  if (counts.length === 0) return null;
  return (
    <>
      <p>{words.alone}</p>
      <ul className={styles['alone']}>
        {counts.map(({ field, count }) => (
          <li key={field} data-none={count === 0 ? '' : undefined}>
            <span>{text.details.selectors[selectorOfField[field]]}</span> <b>{count}</b>
          </li>
        ))}
      </ul>
    </>
  );
};

const SAID_MS = 1000;

/** The sentence for screen readers, once the count has stood still for a second. */
const useSaid = (sentence: string): string => {
  const [said, setSaid] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSaid(sentence), SAID_MS);
    return () => clearTimeout(timer);
  }, [sentence]);
  return said;
};

/** What a criterion would select right now, while it is typed. */
export const PreviewNote = ({
  criterion,
  preview,
  empty,
  problems,
}: PreviewNoteProps): ReactElement | null => {
  const count = preview.state === 'known' ? preview.preview.count : 0;
  const sentence = criterion.exclude ? words.excludes(count) : words.selects(count);
  const said = useSaid(preview.state === 'known' && !empty && !problems ? sentence : '');
  const heard = (
    <span className={styles['announced']} role="status">
      {said}
    </span>
  );
  if (empty || problems) return heard;
  if (preview.state === 'away') return <p className={styles['preview']}>{words.away}</p>;
  if (preview.state === 'waiting') return <p className={styles['preview']}>{words.waiting}</p>;
  const { taken, examples } = preview.preview;
  return (
    <div
      className={styles['preview']}
      data-testid="criterion-preview"
      data-count={preview.current ? count : undefined}
      data-stale={preview.current ? undefined : ''}
    >
      {heard}
      <p className={styles['previewCount']} data-some={count > 0 ? '' : undefined} aria-hidden="true">
        {sentence}
      </p>
      {count === 0 ? <WhyNone criterion={criterion} /> : null}
      {taken > 0 && !criterion.exclude ? (
        <p data-testid="criterion-taken">{words.taken(taken, count)}</p>
      ) : null}
      <ProcessNames processes={examples.slice(0, NAMED)} total={count} />
    </div>
  );
};

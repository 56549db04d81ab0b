import { Check, CircleHelp, X } from 'lucide-react';
import type { ReactElement } from 'react';
import type { Condition } from '../../../contract/index.js';
import { MiddleText } from '../../ui/MiddleText.js';
import { text } from '../../ui/text.js';
import styles from './Details.module.css';

const words = text.details;

/** Parts that are listed; a process may hold hundreds of ports. */
const MOST_PARTS = 20;

const Tick = ({ held, undecided }: Pick<Condition, 'held' | 'undecided'>): ReactElement => (
  <span
    className={styles['verdict']}
    role="img"
    aria-label={undecided === true ? words.undecided : held ? words.held : words.notHeld}
  >
    {undecided === true ? <CircleHelp /> : held ? <Check /> : <X />}
  </span>
);

/** What was looked at one by one, with what there is to say of it. What held is listed first where not all fit. */
const Parts = ({ parts }: Pick<Condition, 'parts'>): ReactElement => {
  const listed =
    parts.length <= MOST_PARTS
      ? parts
      : [...parts].sort((a, b) => Number(b.held) - Number(a.held)).slice(0, MOST_PARTS);
  const more = parts.length - listed.length;
  return (
    <ul className={styles['parts']}>
      {listed.map((part, index) => (
        <li key={index} className={styles['part']} data-held={part.held ? '' : undefined} data-testid="part">
          <Tick held={part.held} />
          <span>
            <code>{part.seen}</code>
            {part.note === null ? null : <span className={styles['note']}>{part.note}</span>}
          </span>
        </li>
      ))}
      {more > 0 ? <li className={styles['note']}>{words.partsMore(more)}</li> : null}
    </ul>
  );
};

/** One part alone says what the condition says, unless there is something to note. */
const saysMore = ({ parts }: Condition): boolean =>
  parts.length > 1 || parts.some(({ note }) => note !== null);

/** One condition: ✓, ✗ or ? where it is not known, what was wanted, the value that was seen, and its parts where they say more. */
export const ConditionLine = ({ condition }: { readonly condition: Condition }): ReactElement => (
  <li
    className={styles['condition']}
    data-held={condition.held ? '' : undefined}
    data-testid="condition"
    data-selector={condition.selector}
  >
    <Tick {...condition} />
    <div className={styles['conditionText']}>
      <span className={styles['selector']}>{words.selectors[condition.selector]}</span>{' '}
      {condition.wanted === '' ? null : <code>{condition.wanted}</code>}
      <span className={styles['seen']}>
        <span className={styles['saw']}>{words.saw}</span> <MiddleText text={condition.seen} />
      </span>
      {saysMore(condition) ? <Parts parts={condition.parts} /> : null}
    </div>
  </li>
);

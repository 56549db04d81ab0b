import { Check, X } from 'lucide-react';
import type { ReactElement } from 'react';
import type { Condition, Evaluation } from '../../../contract/index.js';
import { useCriterionLook } from '../../model/criterion-look.js';
import { CriterionMark } from '../../ui/CriterionMark.js';
import { MiddleText } from '../../ui/MiddleText.js';
import { text } from '../../ui/text.js';
import styles from './Details.module.css';

const words = text.details;

/** One condition: ✓ or ✗, what was wanted, and the value that was seen. */
export const ConditionLine = ({ condition }: { readonly condition: Condition }): ReactElement => (
  <li className={styles['condition']} data-held={condition.held ? '' : undefined}>
    <span className={styles['verdict']} role="img" aria-label={condition.held ? words.held : words.notHeld}>
      {condition.held ? <Check /> : <X />}
    </span>
    <span className={styles['conditionText']}>
      <span className={styles['selector']}>{words.selectors[condition.selector]}</span>{' '}
      <code>{condition.wanted}</code>
      <span className={styles['seen']}>
        <span className={styles['saw']}>{words.saw}</span> <MiddleText text={condition.seen} />
      </span>
    </span>
  </li>
);

/** A criterion against the process, condition by condition. */
export const EvaluationBlock = ({ evaluation }: { readonly evaluation: Evaluation }): ReactElement => {
  const look = useCriterionLook(evaluation.criterionId);
  return (
    <div className={styles['evaluation']} data-testid="evaluation" data-held={evaluation.held}>
      <p className={styles['evaluationName']}>
        {look === null ? null : <CriterionMark {...look} off={!evaluation.held} />}
        {evaluation.criterionName}
      </p>
      <ul>
        {evaluation.conditions.map((condition) => (
          <ConditionLine key={condition.selector} condition={condition} />
        ))}
      </ul>
    </div>
  );
};

import { Fragment, type ReactElement, type ReactNode } from 'react';
import type { Criterion } from '../../../contract/index.js';
import { conditionsOf, keptKeysOf, type WrittenCondition } from '../../model/criterion-conditions.js';
import { criteriaText } from './criteria-text.js';
import styles from './Conditions.module.css';

/** A list by comma that breaks behind its commas and nowhere else. */
const breakable = (list: string): ReactNode =>
  list.split(',').map((part, index) => (
    <Fragment key={index}>
      {index === 0 ? null : (
        <>
          ,<wbr />
        </>
      )}
      {part}
    </Fragment>
  ));

const Written = ({ selector, text, syntax }: WrittenCondition): ReactElement => {
  const tag = criteriaText.card.tags[selector];
  return (
    <li
      className={styles['condition']}
      title={text ?? undefined}
      data-selector={selector}
      data-testid={selector === 'open_ports' ? 'criterion-ports-text' : undefined}
    >
      {tag === null ? null : <span className={styles['tag']}>{tag}</span>}{' '}
      {selector === 'open_ports' ? breakable(text ?? '') : text}
      {syntax === 'glob' ? <span className={styles['syntax']}>{criteriaText.card.glob}</span> : null}
    </li>
  );
};

/** What a criterion asks, a line a condition, and what it only carries along. */
export const Conditions = ({ criterion }: { readonly criterion: Criterion }): ReactElement => (
  <ul className={styles['conditions']}>
    {criterion.exclude ? <li className={styles['excludes']}>{criteriaText.card.excludes}</li> : null}
    {conditionsOf(criterion).map((condition) => (
      <Written key={condition.selector} {...condition} />
    ))}
    {criterion.namespace === null ? null : (
      <li className={styles['condition']} title={criteriaText.fields.namespace.note}>
        <span className={styles['tag']}>{criteriaText.card.namespace}</span> {criterion.namespace}
      </li>
    )}
    {keptKeysOf(criterion).map(({ key, kubernetes }) => (
      <li
        key={key}
        className={styles['condition']}
        title={kubernetes ? criteriaText.editor.keptNever : criteriaText.editor.keptNote}
      >
        {kubernetes ? (
          <span className={styles['never']}>{criteriaText.card.neverMatches(key)}</span>
        ) : (
          <>
            <span className={styles['tag']}>{criteriaText.card.kept}</span> {key}
          </>
        )}
      </li>
    ))}
  </ul>
);

import { useId, type ComponentPropsWithRef, type ReactElement, type ReactNode } from 'react';
import styles from './TextField.module.css';

export interface FieldProblem {
  readonly message: string;
  /** Offset into the text; null where the whole text is meant. */
  readonly position: number | null;
  readonly length: number;
}

export interface TextFieldProps extends Omit<ComponentPropsWithRef<'input'>, 'value' | 'onChange' | 'type'> {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly mono?: boolean;
  readonly problem?: FieldProblem | null;
  /** Shown below, after the problem where there is one. */
  readonly note?: string | null;
  /** Controls that belong to the field, at the right of its label. */
  readonly aside?: ReactNode;
}

/** The text again, invisible, with the place of the problem underlined: it lies under the input. */
const Underline = ({ value, problem }: { value: string; problem: FieldProblem }): ReactElement | null => {
  if (problem.position === null) return null;
  const end = problem.position + Math.max(problem.length, 1);
  return (
    <span className={styles['underlay']} aria-hidden="true">
      {value.slice(0, problem.position)}
      <mark className={styles['mark']}>{value.slice(problem.position, end).padEnd(1, ' ')}</mark>
    </span>
  );
};

export const TextField = ({
  label,
  value,
  onValue,
  mono = false,
  problem = null,
  note = null,
  aside,
  className,
  ...rest
}: TextFieldProps): ReactElement => {
  const id = useId();
  return (
    <div className={`${styles['field'] ?? ''} ${className ?? ''}`}>
      <div className={styles['head']}>
        <label className={styles['label']} htmlFor={id}>
          {label}
        </label>
        {aside}
      </div>
      <div
        className={`${styles['box'] ?? ''} ${mono ? (styles['mono'] ?? '') : ''}`}
        data-invalid={problem === null ? undefined : ''}
      >
        {problem === null ? null : <Underline value={value} problem={problem} />}
        <input
          {...rest}
          id={id}
          className={styles['input']}
          value={value}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={problem !== null}
          aria-describedby={problem === null && note === null ? undefined : `${id}-below`}
          onChange={(event) => onValue(event.currentTarget.value)}
        />
      </div>
      <div id={`${id}-below`} className={styles['below']}>
        {problem === null ? null : (
          <p className={styles['problem']} role="alert">
            {problem.message}
          </p>
        )}
        {note === null ? null : <p className={styles['note']}>{note}</p>}
      </div>
    </div>
  );
};

import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import type { ReactElement, ReactNode } from 'react';
import styles from './Choice.module.css';

export interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly onValue: (value: T) => void;
  readonly options: readonly {
    readonly value: T;
    readonly label: string;
    readonly note?: ReactNode;
    readonly disabled?: boolean;
  }[];
}

/** One of a few, all visible. */
export const Choice = <T extends string>({
  label,
  value,
  onValue,
  options,
}: ChoiceProps<T>): ReactElement => (
  <RadioGroup
    className={styles['group']}
    aria-label={label}
    value={value}
    onValueChange={(next: T) => onValue(next)}
  >
    {options.map((option) => (
      <label key={option.value} className={styles['option']} data-disabled={option.disabled ? '' : undefined}>
        <Radio.Root className={styles['radio']} value={option.value} disabled={option.disabled === true}>
          <Radio.Indicator className={styles['dot']} />
        </Radio.Root>
        <span>{option.label}</span>
        {option.note === undefined ? null : <span className={styles['note']}>{option.note}</span>}
      </label>
    ))}
  </RadioGroup>
);

import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import type { ReactElement, ReactNode } from 'react';
import styles from './Segments.module.css';

export interface SegmentsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly onValue: (value: T) => void;
  readonly options: readonly {
    readonly value: T;
    readonly label: string;
    readonly icon?: ReactNode;
    /** Shown on hovering. */
    readonly note?: string;
  }[];
  readonly size?: 'small' | 'normal';
}

/** One of a few short words, side by side. Arrows choose, as in any group of radio buttons. */
export const Segments = <T extends string>({
  label,
  value,
  onValue,
  options,
  size = 'normal',
}: SegmentsProps<T>): ReactElement => (
  <RadioGroup
    className={styles['group']}
    data-size={size}
    aria-label={label}
    value={value}
    onValueChange={(next: T) => onValue(next)}
  >
    {options.map((option) => (
      <Radio.Root
        key={option.value}
        className={styles['segment']}
        value={option.value}
        aria-label={option.label}
        {...(option.note === undefined ? {} : { title: option.note })}
      >
        {option.icon}
        {option.label}
      </Radio.Root>
    ))}
  </RadioGroup>
);

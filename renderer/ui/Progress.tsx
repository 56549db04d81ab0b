import { Progress as Base } from '@base-ui/react/progress';
import type { ReactElement } from 'react';
import styles from './Progress.module.css';

export interface ProgressProps {
  readonly label: string;
  readonly value: number;
  /** 0 while it is not known. */
  readonly max: number;
}

export const Progress = ({ label, value, max }: ProgressProps): ReactElement => (
  <Base.Root
    className={styles['root']}
    aria-label={label}
    value={max === 0 ? null : Math.min(value, max)}
    max={Math.max(max, 1)}
  >
    <Base.Track className={styles['track']}>
      <Base.Indicator className={styles['bar']} />
    </Base.Track>
  </Base.Root>
);

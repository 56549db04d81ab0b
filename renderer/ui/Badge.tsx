import type { ReactElement, ReactNode } from 'react';
import styles from './Badge.module.css';

export type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'accent';

export const Badge = ({
  tone = 'plain',
  children,
}: {
  readonly tone?: Tone;
  readonly children: ReactNode;
}): ReactElement => (
  <span className={styles['badge']} data-tone={tone}>
    {children}
  </span>
);

import type { ReactElement, ReactNode } from 'react';
import styles from './EmptyState.module.css';

export interface EmptyStateProps {
  readonly icon?: ReactNode;
  readonly title: string;
  readonly testId?: string;
  /** What to do about it. */
  readonly children?: ReactNode;
}

export const EmptyState = ({ icon, title, testId, children }: EmptyStateProps): ReactElement => (
  <div className={styles['empty']} data-testid={testId}>
    {icon === undefined ? null : <span className={styles['icon']}>{icon}</span>}
    <p className={styles['title']}>{title}</p>
    {children === undefined ? null : <div className={styles['body']}>{children}</div>}
  </div>
);

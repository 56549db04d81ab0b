import type { ReactElement, ReactNode } from 'react';
import styles from './PanelHead.module.css';

/** Title line of a panel, 32 px, with its actions at the right. */
export const PanelHead = ({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ReactNode;
}): ReactElement => (
  <div className={styles['head']}>
    <h2 className={styles['title']}>{title}</h2>
    <div className={styles['actions']}>{children}</div>
  </div>
);

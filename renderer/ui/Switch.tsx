import { Switch as Base } from '@base-ui/react/switch';
import type { ReactElement, ReactNode } from 'react';
import styles from './Switch.module.css';

export interface SwitchProps {
  readonly checked: boolean;
  readonly onChecked: (checked: boolean) => void;
  /** Accessible name; `children`, when given, are shown beside it instead of it. */
  readonly label: string;
  readonly children?: ReactNode;
}

export const Switch = ({ checked, onChecked, label, children }: SwitchProps): ReactElement => {
  const control = (
    <Base.Root
      className={styles['track']}
      checked={checked}
      onCheckedChange={onChecked}
      {...(children === undefined ? { 'aria-label': label } : {})}
    >
      <Base.Thumb className={styles['thumb']} />
    </Base.Root>
  );
  return children === undefined ? (
    control
  ) : (
    <label className={styles['row']}>
      <span>{children}</span>
      {control}
    </label>
  );
};

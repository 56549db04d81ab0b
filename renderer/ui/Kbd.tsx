import type { ReactElement } from 'react';
import styles from './Kbd.module.css';

/** Keys of a shortcut, joined by `+` in `keys`: `Ctrl+E`. */
export const Kbd = ({ keys }: { readonly keys: string }): ReactElement => (
  <span className={styles['keys']}>
    {keys.split('+').map((key) => (
      <kbd key={key} className={styles['key']}>
        {key}
      </kbd>
    ))}
  </span>
);

import type { ReactElement } from 'react';
import { splitMiddle } from './middle.js';
import styles from './MiddleText.module.css';
import { Tooltip } from './Tooltip.js';

/**
 * A path or the like on one line, shortened in its middle when there is no room. The whole text is
 * in the page: one selects and copies all of it, and hovering shows it.
 */
export const MiddleText = ({ text }: { readonly text: string }): ReactElement => {
  const [head, tail] = splitMiddle(text);
  return (
    <Tooltip text={text} mono>
      <span className={styles['text']}>
        <span className={styles['head']}>{head}</span>
        <span className={styles['tail']}>{tail}</span>
      </span>
    </Tooltip>
  );
};

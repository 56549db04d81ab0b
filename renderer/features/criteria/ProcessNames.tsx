import type { ReactElement } from 'react';
import type { ProcessInfo } from '../../../contract/index.js';
import { commandText, processText } from '../../model/words.js';
import { useLive } from '../../store/live.js';
import { useSelection } from '../../store/selection.js';
import { criteriaText } from './criteria-text.js';
import styles from './Criteria.module.css';

export interface ProcessNamesProps {
  readonly processes: readonly ProcessInfo[];
  /** How many there are in all. */
  readonly total: number;
}

/** A few processes by name and PID. Those that the window knows are links to their details. */
export const ProcessNames = ({ processes, total }: ProcessNamesProps): ReactElement | null => {
  const known = useLive((live) => live.processes);
  const select = useSelection((state) => state.select);
  if (processes.length === 0) return null;
  return (
    <ul className={styles['processNames']}>
      {processes.map((process) => (
        <li key={process.key} title={commandText(process)}>
          {known.has(process.key) ? (
            <button
              type="button"
              className={styles['processLink']}
              onClick={(event) => {
                event.stopPropagation();
                select({ kind: 'process', key: process.key });
              }}
            >
              {processText(process)}
            </button>
          ) : (
            processText(process)
          )}
        </li>
      ))}
      {total > processes.length ? <li>{criteriaText.preview.more(total - processes.length)}</li> : null}
    </ul>
  );
};

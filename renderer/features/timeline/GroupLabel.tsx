import { ChevronDown, ChevronRight } from 'lucide-react';
import type { ReactElement } from 'react';
import { lookOfHue } from '../../model/criterion-look.js';
import { unmatchedGroup, type GroupRow } from '../../model/lanes.js';
import { useCriteria } from '../../store/criteria.js';
import { CriterionMark } from '../../ui/CriterionMark.js';
import { count } from '../../ui/text.js';
import styles from './Lanes.module.css';
import { text } from './timeline-text.js';

export interface GroupLabelProps {
  readonly row: GroupRow;
  readonly top: number;
  readonly onToggle: (row: GroupRow) => void;
}

/** Header of the lanes that one criterion selects. */
export const GroupLabel = ({ row, top, onToggle }: GroupLabelProps): ReactElement => {
  const hue = useCriteria((state) => (row.id === unmatchedGroup ? undefined : state.hues.get(row.id)));
  const look = hue === undefined ? null : lookOfHue(hue);
  return (
    <li className={styles['group']} style={{ top, height: row.height }} data-testid="timeline-group">
      <button
        type="button"
        className={styles['groupButton']}
        tabIndex={-1}
        aria-expanded={!row.collapsed}
        onClick={() => onToggle(row)}
      >
        {row.collapsed ? <ChevronRight /> : <ChevronDown />}
        {look === null ? null : <CriterionMark hue={look.hue} shape={look.shape} />}
        <span className={styles['groupName']}>{row.id === unmatchedGroup ? text.unmatched : row.name}</span>
        <span className={styles['count']}>{count(row.count)}</span>
      </button>
    </li>
  );
};

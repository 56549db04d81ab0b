import type { ReactElement } from 'react';
import type { Match, SocketState } from '../../../contract/index.js';
import { useCriterionLook } from '../../model/criterion-look.js';
import { calendarDate, clockTime } from '../../model/time.js';
import { present } from '../../store/replay.js';
import { CriterionMark } from '../../ui/CriterionMark.js';
import { text as common } from '../../ui/text.js';
import styles from './cells.module.css';

/** The criterion that selects a row, by its mark and its name. */
export const MatchCell = ({ match }: { readonly match: Match }): ReactElement => {
  const look = useCriterionLook(match.evaluation.criterionId);
  return (
    <span className={styles['match']} title={match.evaluation.criterionName}>
      {look === null ? null : <CriterionMark hue={look.hue} shape={look.shape} />}
      <span className={styles['name']}>{match.evaluation.criterionName}</span>
    </span>
  );
};

export const StateCell = ({ state }: { readonly state: SocketState }): ReactElement => (
  <span className={styles['state']} data-state={state}>
    {common.states[state]}
  </span>
);

/** Time of day; with the date in front where it was not today. */
export const clockText = (ms: number): string => {
  const day = calendarDate(ms);
  return day === calendarDate(present()) ? clockTime(ms) : `${day} ${clockTime(ms)}`;
};

import { Ban, ChevronDown, ChevronRight } from 'lucide-react';
import { useState, type ReactElement } from 'react';
import type { Criterion, CriterionId, Evaluation, Verdict } from '../../../contract/index.js';
import { useCriterionLook } from '../../model/criterion-look.js';
import { useCriteria } from '../../store/criteria.js';
import { Badge } from '../../ui/Badge.js';
import { CriterionMark } from '../../ui/CriterionMark.js';
import { text } from '../../ui/text.js';
import { ConditionLine } from './Why.js';
import styles from './Details.module.css';

const words = text.details;

/** Criteria that are listed until more are asked for. */
const FEW = 40;
/** Up to this many are open from the start where none of them decides. */
const OPEN_UNDECIDED = 4;

/** What a criterion has to do with the outcome. */
type Role = 'selects' | 'excludes' | 'holds' | 'fails';

const roleOf = (evaluation: Evaluation, { selectedBy, excludedBy }: Verdict): Role => {
  if (evaluation.criterionId === excludedBy) return 'excludes';
  if (evaluation.criterionId === selectedBy) return 'selects';
  return evaluation.held ? 'holds' : 'fails';
};

const RoleBadge = ({
  role,
  evaluation,
  excluded,
}: {
  readonly role: Role;
  readonly evaluation: Evaluation;
  readonly excluded: boolean;
}): ReactElement => {
  const held = evaluation.conditions.filter((condition) => condition.held).length;
  const all = evaluation.conditions.length;
  switch (role) {
    case 'selects':
      return <Badge tone="good">{words.selectsIt}</Badge>;
    case 'excludes':
      return <Badge tone="bad">{words.keepsItOut}</Badge>;
    case 'holds':
      return <Badge>{excluded && !evaluation.exclude ? words.wouldSelect : words.holdsToo}</Badge>;
    case 'fails':
      return (
        <span className={styles['share']} title={words.conditionsHoldTitle(held, all)}>
          {words.conditionsHold(held, all)}
        </span>
      );
  }
};

/** A criterion against the process; opened, condition by condition. */
const EvaluationNode = ({
  evaluation,
  role,
  excluded,
  open,
  onToggle,
}: {
  readonly evaluation: Evaluation;
  readonly role: Role;
  /** An exclusion keeps the process out. */
  readonly excluded: boolean;
  readonly open: boolean;
  readonly onToggle: () => void;
}): ReactElement => {
  const look = useCriterionLook(evaluation.criterionId);
  return (
    <li
      className={styles['evaluation']}
      data-testid="evaluation"
      data-held={evaluation.held}
      data-role={role}
      data-criterion={evaluation.criterionName}
    >
      <button type="button" className={styles['evaluationHead']} aria-expanded={open} onClick={onToggle}>
        {open ? <ChevronDown /> : <ChevronRight />}
        {evaluation.exclude ? (
          <Ban className={styles['ban']} data-held={evaluation.held ? '' : undefined} />
        ) : look === null ? null : (
          <CriterionMark {...look} off={!evaluation.held} />
        )}
        <span className={styles['evaluationName']}>{evaluation.criterionName}</span>
        {evaluation.exclude ? <span className={styles['share']}>{words.exclusion}</span> : null}
        <span className={styles['role']}>
          <RoleBadge role={role} evaluation={evaluation} excluded={excluded} />
        </span>
      </button>
      {open ? (
        <ul className={styles['conditions']}>
          {evaluation.conditions.map((condition) => (
            <ConditionLine key={condition.selector} condition={condition} />
          ))}
        </ul>
      ) : null}
    </li>
  );
};

const DisabledNode = ({ criterion }: { readonly criterion: Criterion }): ReactElement => {
  const look = useCriterionLook(criterion.id);
  return (
    <li className={styles['disabled']} data-testid="evaluation-off">
      {look === null ? null : <CriterionMark {...look} off />}
      <span className={styles['evaluationName']}>{criterion.name}</span>
      <span className={styles['role']}>
        <span className={styles['share']}>{text.criteria.off}</span>
      </span>
    </li>
  );
};

/**
 * What all criteria make of a process: the outcome in a sentence, then every criterion in order of
 * precedence, which of them decides, and at the end those that are switched off.
 */
export const VerdictTree = ({ verdict }: { readonly verdict: Verdict }): ReactElement => {
  const list = useCriteria((state) => state.list);
  const [toggled, setToggled] = useState<ReadonlyMap<CriterionId, boolean>>(new Map());
  const [all, setAll] = useState(false);
  const { evaluations, selectedBy, excludedBy } = verdict;
  const disabled = list.filter(({ enabled }) => !enabled);
  const decided = selectedBy !== null || excludedBy !== null;

  const isOpen = ({ criterionId }: Evaluation, role: Role): boolean =>
    toggled.get(criterionId) ??
    (decided ? role === 'selects' || role === 'excludes' : evaluations.length <= OPEN_UNDECIDED);

  const nodes = evaluations.map((evaluation, index) => ({
    evaluation,
    role: roleOf(evaluation, verdict),
    index,
  }));
  // What decides is always there, however far down it stands.
  const shown = all
    ? nodes
    : nodes.filter(({ role, index }) => index < FEW || role === 'selects' || role === 'excludes');
  const hidden = nodes.length - shown.length;

  return (
    <>
      <p className={styles['summary']} data-testid="verdict-summary">
        {verdict.summary}
      </p>
      <ul className={styles['tree']}>
        {shown.map(({ evaluation, role }) => {
          const open = isOpen(evaluation, role);
          const { criterionId } = evaluation;
          return (
            <EvaluationNode
              key={criterionId}
              evaluation={evaluation}
              role={role}
              excluded={excludedBy !== null}
              open={open}
              onToggle={() => setToggled(new Map(toggled).set(criterionId, !open))}
            />
          );
        })}
        {hidden > 0
          ? null
          : disabled
              .slice(0, FEW)
              .map((criterion) => <DisabledNode key={criterion.id} criterion={criterion} />)}
      </ul>
      {hidden > 0 ? (
        <button type="button" className={styles['link']} onClick={() => setAll(true)}>
          {words.whyMore(hidden)}
        </button>
      ) : null}
    </>
  );
};

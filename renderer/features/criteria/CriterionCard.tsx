import {
  ArrowDown,
  ArrowUp,
  Ban,
  ChevronRight,
  Copy,
  Ellipsis,
  GripVertical,
  Pencil,
  Trash2,
} from 'lucide-react';
import { useState, type KeyboardEvent, type PointerEvent, type ReactElement } from 'react';
import type { Criterion, CriterionId, CriterionProblem } from '../../../contract/index.js';
import { useCriterionLook } from '../../model/criterion-look.js';
import { IconButton } from '../../ui/Button.js';
import { CriterionMark } from '../../ui/CriterionMark.js';
import { Menu, MenuItem, MenuSeparator } from '../../ui/Menu.js';
import { Switch } from '../../ui/Switch.js';
import { text } from '../../ui/text.js';
import { Conditions } from './Conditions.js';
import { criteriaText } from './criteria-text.js';
import { usePreview } from './preview.js';
import { PreviewNote } from './PreviewNote.js';
import styles from './Criteria.module.css';

const words = text.criteria;

/** The element of a criterion's card, for the keyboard to come back to. */
export const cardId = (id: CriterionId): string => `criterion-${id}`;

export interface CardActions {
  readonly select: () => void;
  readonly edit: () => void;
  readonly enable: (enabled: boolean) => void;
  readonly duplicate: () => void;
  readonly remove: () => void;
  /** To a place in the list; places outside it are ignored. */
  readonly move: (to: number) => void;
}

export interface CriterionCardProps {
  readonly criterion: Criterion;
  readonly place: number;
  readonly total: number;
  readonly matches: number;
  /** Whether an exclusion asks by itself for how many it excludes. */
  readonly countExcluded: boolean;
  readonly problems: readonly CriterionProblem[];
  readonly selected: boolean;
  readonly actions: CardActions;
  /** A pointer went down on the handle. */
  readonly onGrip: (event: PointerEvent<HTMLElement>) => void;
}

/** What a saved criterion would select, asked for as long as it is shown. */
const CardPreview = ({ criterion }: { readonly criterion: Criterion }): ReactElement => (
  <PreviewNote criterion={criterion} preview={usePreview(criterion)} empty={false} problems={false} />
);

/** Exclusions match nothing, so that their count is asked for. */
const ExcludedNow = ({ criterion }: { readonly criterion: Criterion }): ReactElement => {
  const preview = usePreview(criterion);
  return (
    <>
      {preview.state === 'known'
        ? criteriaText.card.excludesNow(preview.preview.count)
        : criteriaText.card.excluding}
    </>
  );
};

export const CriterionCard = ({
  criterion,
  place,
  total,
  matches,
  countExcluded,
  problems,
  selected,
  actions,
  onGrip,
}: CriterionCardProps): ReactElement => {
  const look = useCriterionLook(criterion.id);
  const { name, enabled, exclude } = criterion;
  const [expanded, setExpanded] = useState(false);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const keys: Readonly<Record<string, () => void>> = {
      Enter: actions.edit,
      F2: actions.edit,
      Delete: actions.remove,
      ...(event.altKey
        ? { ArrowUp: () => actions.move(place - 1), ArrowDown: () => actions.move(place + 1) }
        : {}),
    };
    const action = keys[event.key];
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };

  return (
    <div
      id={cardId(criterion.id)}
      className={styles['card']}
      data-testid="criterion"
      data-selected={selected ? '' : undefined}
      data-off={enabled ? undefined : ''}
      data-exclude={exclude ? '' : undefined}
      role="group"
      aria-label={name}
      aria-description={exclude ? criteriaText.editor.excludeNote : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={actions.select}
      onDoubleClick={actions.edit}
      onFocus={(event) => {
        if (event.target === event.currentTarget) actions.select();
      }}
    >
      <div className={styles['cardHead']}>
        <span className={styles['grip']} title={words.drag(name)} onPointerDown={onGrip}>
          <GripVertical />
        </span>
        {exclude ? (
          <Ban className={styles['ban']} aria-hidden="true" />
        ) : look === null ? null : (
          <CriterionMark {...look} off={!enabled} />
        )}
        <span className={styles['name']} title={name}>
          {name}
        </span>
        <span
          className={styles['controls']}
          onClick={(event) => event.stopPropagation()}
          onDoubleClick={(event) => event.stopPropagation()}
        >
          <Menu
            trigger={
              <IconButton label={words.actions(name)} size="small" className={styles['menu']}>
                <Ellipsis />
              </IconButton>
            }
          >
            <MenuItem icon={<Pencil />} keys="Enter" onSelect={actions.edit}>
              {words.edit}
            </MenuItem>
            <MenuItem icon={<Copy />} onSelect={actions.duplicate}>
              {words.duplicate}
            </MenuItem>
            <MenuItem
              icon={<ArrowUp />}
              keys="Alt+↑"
              disabled={place === 0}
              onSelect={() => actions.move(place - 1)}
            >
              {words.moveUp}
            </MenuItem>
            <MenuItem
              icon={<ArrowDown />}
              keys="Alt+↓"
              disabled={place === total - 1}
              onSelect={() => actions.move(place + 1)}
            >
              {words.moveDown}
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={<Trash2 />} keys="Del" danger onSelect={actions.remove}>
              {words.delete}
            </MenuItem>
          </Menu>
          <Switch checked={enabled} onChecked={actions.enable} label={words.enabled(name)} />
        </span>
      </div>
      <div className={styles['conditions']}>
        <Conditions criterion={criterion} />
      </div>
      <div
        className={styles['expansion']}
        onClick={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        <button
          type="button"
          className={styles['now']}
          data-some={enabled && matches > 0 ? '' : undefined}
          aria-expanded={expanded}
          title={criteriaText.card.expand}
          onClick={() => setExpanded(!expanded)}
        >
          <ChevronRight aria-hidden="true" />
          <span data-testid="criterion-matches">
            {!enabled ? (
              words.off
            ) : !exclude ? (
              words.now(matches)
            ) : countExcluded ? (
              <ExcludedNow criterion={criterion} />
            ) : (
              criteriaText.card.excluding
            )}
          </span>
        </button>
        {expanded ? <CardPreview criterion={criterion} /> : null}
      </div>
      {problems.map((problem) => (
        <p key={problem.field} className={styles['cardProblem']} role="alert">
          {words.problem(problem.message)}
        </p>
      ))}
    </div>
  );
};

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
import { memo, useState, type KeyboardEvent, type PointerEvent, type ReactElement } from 'react';
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

/** What can be done with any criterion; one object for all cards, so that each renders for itself alone. */
export interface CardActions {
  readonly select: (id: CriterionId) => void;
  readonly edit: (id: CriterionId) => void;
  readonly enable: (id: CriterionId, enabled: boolean) => void;
  readonly duplicate: (id: CriterionId) => void;
  readonly remove: (id: CriterionId) => void;
  /** To a place in the list; places outside it are ignored. */
  readonly move: (id: CriterionId, to: number) => void;
  /** A pointer went down on the handle of the card at a place. */
  readonly grip: (place: number, event: PointerEvent<HTMLElement>) => void;
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
}

/** What a saved criterion would select, asked for as long as it is shown. */
const CardPreview = ({ criterion }: { readonly criterion: Criterion }): ReactElement => (
  <PreviewNote criterion={criterion} preview={usePreview(criterion)} empty={false} problems={false} />
);

/** Exclusions match nothing, so that their count is asked for. */
const ExcludedNow = ({ criterion }: { readonly criterion: Criterion }): ReactElement => {
  const preview = usePreview(criterion);
  return <>{preview.state === 'known' ? words.now(preview.preview.count) : criteriaText.card.excluding}</>;
};

const Card = ({
  criterion,
  place,
  total,
  matches,
  countExcluded,
  problems,
  selected,
  actions,
}: CriterionCardProps): ReactElement => {
  const { id, name, enabled, exclude } = criterion;
  const look = useCriterionLook(id);
  const [expanded, setExpanded] = useState(false);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const keys: Readonly<Record<string, () => void>> = {
      Enter: () => actions.edit(id),
      F2: () => actions.edit(id),
      Delete: () => actions.remove(id),
      ...(event.altKey
        ? { ArrowUp: () => actions.move(id, place - 1), ArrowDown: () => actions.move(id, place + 1) }
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
      id={cardId(id)}
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
      onClick={() => actions.select(id)}
      onDoubleClick={() => actions.edit(id)}
      onFocus={(event) => {
        if (event.target === event.currentTarget) actions.select(id);
      }}
    >
      <div className={styles['cardHead']}>
        <span
          className={styles['grip']}
          title={words.drag(name)}
          onPointerDown={(event) => actions.grip(place, event)}
        >
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
            <MenuItem icon={<Pencil />} keys="Enter" onSelect={() => actions.edit(id)}>
              {words.edit}
            </MenuItem>
            <MenuItem icon={<Copy />} onSelect={() => actions.duplicate(id)}>
              {words.duplicate}
            </MenuItem>
            <MenuItem
              icon={<ArrowUp />}
              keys="Alt+↑"
              disabled={place === 0}
              onSelect={() => actions.move(id, place - 1)}
            >
              {words.moveUp}
            </MenuItem>
            <MenuItem
              icon={<ArrowDown />}
              keys="Alt+↓"
              disabled={place === total - 1}
              onSelect={() => actions.move(id, place + 1)}
            >
              {words.moveDown}
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={<Trash2 />} keys="Del" danger onSelect={() => actions.remove(id)}>
              {words.delete}
            </MenuItem>
          </Menu>
          <Switch
            checked={enabled}
            onChecked={(next) => actions.enable(id, next)}
            label={words.enabled(name)}
          />
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

/** A criterion in the list. Renders again only when something of its own changes. */
export const CriterionCard = memo(Card);

import { Ellipsis, FileDown, FileUp, ListFilter, Plus } from 'lucide-react';
import { useCallback, useMemo, useRef, useState, type ReactElement } from 'react';
import {
  noSelectors,
  type Criterion,
  type CriterionDraft,
  type CriterionId,
  type CriterionProblem,
} from '../../../contract/index.js';
import { useCriteria } from '../../store/criteria.js';
import { useEditing } from '../../store/editing.js';
import { useLive } from '../../store/live.js';
import { useSettings } from '../../store/settings.js';
import { isSelected, useSelection } from '../../store/selection.js';
import { useToasts } from '../../store/toasts.js';
import { Button, IconButton } from '../../ui/Button.js';
import { Menu, MenuItem, MenuSeparator, MenuToggle } from '../../ui/Menu.js';
import { EmptyState } from '../../ui/EmptyState.js';
import { PanelHead } from '../../ui/PanelHead.js';
import { text } from '../../ui/text.js';
import { changeSetting } from '../change-setting.js';
import { useConfiguration } from '../configuration/configuration.js';
import { criteriaText } from './criteria-text.js';
import { cardId, CriterionCard, type CardActions } from './CriterionCard.js';
import { CriterionEditor } from './CriterionEditor.js';
import { emptyCriterion } from './draft.js';
import { Nearby } from './Nearby.js';
import { removeCriterion } from './remove.js';
import { useReorder } from './reorder.js';
import styles from './Criteria.module.css';

const words = text.criteria;
/** Of a longer list only the cards that come near the view are made. */
const MOST_AT_ONCE = 100;
/** With more exclusions than this each is counted only when it is asked for: a count looks at every process. */
const MOST_COUNTED = 20;

const Examples = ({ onWrite }: { readonly onWrite: () => void }): ReactElement => {
  const add = useCriteria((state) => state.add);
  const importConfiguration = useConfiguration((state) => state.show);
  return (
    <EmptyState icon={<ListFilter />} title={words.emptyTitle} testId="criteria-empty">
      <p>{words.emptyText}</p>
      <p>{words.examplesLabel}</p>
      <ul className={styles['examples']}>
        {words.examples.map((example) => (
          <li key={example.name}>
            <button
              type="button"
              className={styles['example']}
              onClick={() =>
                add({
                  ...emptyCriterion(),
                  name: example.name,
                  selectors: { ...noSelectors, openPorts: example.openPorts },
                })
              }
            >
              <span>{example.name}</span>
              <code>{example.openPorts}</code>
            </button>
          </li>
        ))}
      </ul>
      <p className={styles['ways']}>
        <Button size="small" icon={<Plus />} onClick={onWrite}>
          {words.add}
        </Button>
        <Button size="small" icon={<FileDown />} onClick={() => importConfiguration('import')}>
          {criteriaText.panel.import}
        </Button>
      </p>
    </EmptyState>
  );
};

/** Puts the keyboard back on a card once it is (again) in the page. */
const focusCard = (id: CriterionId): void => {
  setTimeout(() => document.getElementById(cardId(id))?.focus(), 0);
};

const useMatchCounts = (): ReadonlyMap<CriterionId, number> => {
  const matches = useLive((live) => live.matches);
  return useMemo(() => {
    const counts = new Map<CriterionId, number>();
    for (const { evaluation } of matches.values()) {
      counts.set(evaluation.criterionId, (counts.get(evaluation.criterionId) ?? 0) + 1);
    }
    return counts;
  }, [matches]);
};

const NewCriterion = ({
  proposal,
  onSave,
  onCancel,
}: {
  readonly proposal: CriterionDraft | null;
  readonly onSave: (criterion: Criterion) => void;
  readonly onCancel: () => void;
}): ReactElement => {
  const [start] = useState(() => proposal ?? emptyCriterion());
  return (
    <CriterionEditor
      start={start}
      saved={null}
      onSave={onSave}
      onCancel={onCancel}
      onAbandon={(draft) => keepTyped('new', draft, proposal)}
    />
  );
};

/**
 * An editor went away with something typed. Where it is to be there again (the panel was only
 * hidden) it will start with that; where another one took its place, a toast offers the way back.
 */
const keepTyped = (
  which: CriterionId | 'new',
  draft: CriterionDraft,
  startedWith: CriterionDraft | null,
): void => {
  const { editing, proposal, resume, propose } = useEditing.getState();
  if (editing === which && proposal === startedWith) {
    resume(which, draft);
    return;
  }
  useToasts.getState().show({
    tone: 'plain',
    text: criteriaText.editor.abandoned(draft.name),
    action: {
      label: criteriaText.editor.goOn,
      run: () => {
        const there = useCriteria.getState().list.some(({ id }) => id === which);
        if (there) resume(which, draft);
        else propose(draft);
      },
    },
  });
};

/** What concerns all criteria together. */
const PanelMenu = (): ReactElement => {
  const asBeyla = useSettings((state) => state.settings?.countPortsAsBeyla ?? false);
  const show = useConfiguration((state) => state.show);
  return (
    <Menu
      trigger={
        <IconButton label={criteriaText.panel.menu} size="small" data-testid="criteria-menu">
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuItem icon={<FileDown />} keys="Ctrl+I" onSelect={() => show('import')}>
        {criteriaText.panel.import}
      </MenuItem>
      <MenuItem icon={<FileUp />} onSelect={() => show('export')}>
        {criteriaText.panel.export}
      </MenuItem>
      <MenuSeparator />
      <MenuToggle
        checked={asBeyla}
        note={criteriaText.panel.asBeylaNote}
        onChecked={(countPortsAsBeyla) => changeSetting({ countPortsAsBeyla })}
      >
        {criteriaText.panel.asBeyla}
      </MenuToggle>
    </Menu>
  );
};

/** Says that criteria select by more ports than usual, and offers the way back. */
const BeylaNotice = (): ReactElement | null => {
  const asBeyla = useSettings((state) => state.settings?.countPortsAsBeyla ?? false);
  if (!asBeyla) return null;
  return (
    <p className={styles['notice']} title={criteriaText.panel.asBeylaNote} data-testid="as-beyla">
      {criteriaText.panel.asBeylaOn}{' '}
      <button
        type="button"
        className={styles['noticeAction']}
        onClick={() => changeSetting({ countPortsAsBeyla: false })}
      >
        {criteriaText.panel.turnOff}
      </button>
    </p>
  );
};

const noProblems: readonly CriterionProblem[] = [];

/** Problems of each criterion, the same array for as long as the engine says nothing new. */
const useProblems = (): ReadonlyMap<CriterionId, readonly CriterionProblem[]> => {
  const problems = useCriteria((state) => state.problems);
  return useMemo(() => {
    const byCriterion = new Map<CriterionId, CriterionProblem[]>();
    for (const problem of problems) {
      const those = byCriterion.get(problem.criterionId) ?? [];
      byCriterion.set(problem.criterionId, [...those, problem]);
    }
    return byCriterion;
  }, [problems]);
};

export const CriteriaPanel = (): ReactElement => {
  const { list, add, replace } = useCriteria();
  const { editing, proposal, edit, done } = useEditing();
  const { selected, select } = useSelection();
  const counts = useMatchCounts();
  const problems = useProblems();
  const listElement = useRef<HTMLUListElement>(null);
  const addButton = useRef<HTMLButtonElement>(null);
  const [announced, setAnnounced] = useState('');
  const fewExclusions = list.filter(({ exclude }) => exclude).length <= MOST_COUNTED;

  const moveTo = useCallback((criterion: Criterion, to: number): void => {
    const present = useCriteria.getState();
    if (to < 0 || to >= present.list.length) return;
    present.move(criterion.id, to);
    setAnnounced(words.moved(criterion.name, to + 1, present.list.length));
    focusCard(criterion.id);
  }, []);
  const moveFrom = useCallback(
    (from: number, to: number): void => {
      const criterion = useCriteria.getState().list[from];
      if (criterion !== undefined) moveTo(criterion, to);
    },
    [moveTo],
  );
  const { drag, grip } = useReorder(listElement, moveFrom);

  const actions = useMemo<CardActions>(() => {
    const present = (id: CriterionId): Criterion | undefined =>
      useCriteria.getState().list.find((criterion) => criterion.id === id);
    return {
      select: (id) => select({ kind: 'criterion', key: id }),
      edit,
      enable: (id, enabled) => {
        const criterion = present(id);
        if (criterion !== undefined) replace({ ...criterion, enabled });
      },
      duplicate: (id) => useCriteria.getState().duplicate(id),
      remove: (id) => {
        const next = removeCriterion(id);
        if (next !== null) focusCard(next);
      },
      move: (id, to) => {
        const criterion = present(id);
        if (criterion !== undefined) moveTo(criterion, to);
      },
      grip,
    };
  }, [edit, grip, moveTo, replace, select]);

  const save = (criterion: Criterion): void => {
    if (editing === 'new') add(criterion);
    else replace(criterion);
    done();
    select({ kind: 'criterion', key: criterion.id });
    focusCard(criterion.id);
  };

  const cancelNew = (): void => {
    done();
    addButton.current?.focus();
  };

  return (
    <nav className={styles['panel']} aria-label={words.title} data-testid="criteria">
      <PanelHead title={words.title}>
        <PanelMenu />
        <IconButton
          ref={addButton}
          label={words.add}
          hint="Ctrl+N"
          size="small"
          data-testid="add-criterion"
          onClick={() => edit('new')}
        >
          <Plus />
        </IconButton>
      </PanelHead>
      <BeylaNotice />
      <div className={styles['body']} data-scrolls="">
        {list.length === 0 && editing === null ? (
          <Examples onWrite={() => edit('new')} />
        ) : (
          <>
            <ul ref={listElement} className={styles['list']}>
              {list.map((criterion, place) => (
                <li
                  key={criterion.id}
                  className={styles['item']}
                  data-dragged={drag?.from === place ? '' : undefined}
                  data-gap={
                    drag === null
                      ? undefined
                      : drag.gap === place
                        ? 'before'
                        : drag.gap === place + 1 && place === list.length - 1
                          ? 'after'
                          : undefined
                  }
                >
                  <Nearby always={list.length <= MOST_AT_ONCE || editing === criterion.id}>
                    {editing === criterion.id ? (
                      <CriterionEditor
                        start={proposal ?? criterion}
                        saved={criterion}
                        onAbandon={(draft) => keepTyped(criterion.id, draft, proposal)}
                        onSave={save}
                        onCancel={() => {
                          done();
                          focusCard(criterion.id);
                        }}
                      />
                    ) : (
                      <CriterionCard
                        criterion={criterion}
                        place={place}
                        total={list.length}
                        countExcluded={fewExclusions}
                        matches={counts.get(criterion.id) ?? 0}
                        problems={problems.get(criterion.id) ?? noProblems}
                        selected={isSelected(selected, 'criterion', criterion.id)}
                        actions={actions}
                      />
                    )}
                  </Nearby>
                </li>
              ))}
            </ul>
            {editing === 'new' ? (
              <NewCriterion key={proposal?.id} proposal={proposal} onSave={save} onCancel={cancelNew} />
            ) : null}
          </>
        )}
      </div>
      <p className={styles['announced']} aria-live="polite">
        {announced}
      </p>
    </nav>
  );
};

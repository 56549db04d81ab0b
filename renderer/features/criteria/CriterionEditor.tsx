import { Ban, ListPlus } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import type { Criterion, CriterionDraft, CriterionProblem } from '../../../contract/index.js';
import { keptKeysOf } from '../../model/criterion-conditions.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { Segments } from '../../ui/Segments.js';
import { TextField } from '../../ui/TextField.js';
import { text } from '../../ui/text.js';
import { criteriaText } from './criteria-text.js';
import {
  criterionOf,
  draftOf,
  engineProblem,
  impliedName,
  isEmptyDraft,
  problemsOf,
  savable,
  type Draft,
  type FieldProblems,
} from './draft.js';
import { MoreConditions } from './MoreConditions.js';
import { PatternField } from './PatternField.js';
import { checkNow, usePreview } from './preview.js';
import { PreviewNote } from './PreviewNote.js';
import styles from './Criteria.module.css';

const words = text.criteria;
const more = criteriaText.editor;

export interface CriterionEditorProps {
  /** What its fields hold at first. */
  readonly start: CriterionDraft;
  /** As it was saved last; null for a new one. */
  readonly saved: Criterion | null;
  readonly onSave: (criterion: Criterion) => void;
  readonly onCancel: () => void;
  /** It goes away with something typed that was neither saved nor given up. */
  readonly onAbandon: (draft: CriterionDraft) => void;
}

/** What the engine found wrong, at the fields of the draft; local findings, which are newer, win. */
const allProblems = (draft: Draft, found: readonly CriterionProblem[]): FieldProblems => ({
  ...Object.fromEntries(found.map((problem) => [problem.field, engineProblem(problem)])),
  ...problemsOf(draft),
});

/** Tells of a draft that goes away unsaved; what is returned says that it goes away on purpose. */
const useAbandonment = (
  criterion: CriterionDraft,
  start: CriterionDraft,
  onAbandon: (draft: CriterionDraft) => void,
): (() => void) => {
  const now = useRef({ criterion, onAbandon });
  const first = useRef(JSON.stringify(criterionOf(draftOf(start), start)));
  const finished = useRef(false);
  useEffect(() => {
    now.current = { criterion, onAbandon };
  });
  useEffect(
    () => () => {
      const last = now.current;
      if (!finished.current && JSON.stringify(last.criterion) !== first.current) {
        last.onAbandon(last.criterion);
      }
    },
    [],
  );
  return () => {
    finished.current = true;
  };
};

/** Edits a draft. What is in force stays so until a draft without problems is saved. */
export const CriterionEditor = ({
  start,
  saved,
  onSave,
  onCancel,
  onAbandon,
}: CriterionEditorProps): ReactElement => {
  const [draft, setDraft] = useState<Draft>(() => draftOf(start));
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const portsInput = useRef<HTMLInputElement>(null);

  useEffect(() => {
    portsInput.current?.focus();
    portsInput.current?.select();
    form.current?.scrollIntoView({ block: 'nearest' });
  }, []);

  const criterion = criterionOf(draft, start);
  const finish = useAbandonment(criterion, start, onAbandon);
  const preview = usePreview(criterion);
  const found =
    preview.state === 'known' && preview.current
      ? preview.preview.problems.filter(({ criterionId }) => criterionId === start.id)
      : [];
  const problems = allProblems(draft, found);
  const nothing = isEmptyDraft(draft, start);
  const before = saved === null ? null : draftOf(saved);

  const inForce = (now: string, then: string, bad: boolean): string | null =>
    before !== null && (bad || now !== then)
      ? words.inForce(then === '' ? words.inForceNothing : then)
      : null;

  const focusProblem = (): void => {
    setTimeout(() => {
      const bad = form.current?.querySelector<HTMLInputElement>('[aria-invalid=true]');
      (bad ?? portsInput.current)?.focus();
    }, 0);
  };

  const save = async (): Promise<void> => {
    setTried(true);
    const valid = savable(criterion);
    // What is shown may be older than what is typed, so the engine is asked once more.
    const bad =
      nothing ||
      valid === null ||
      Object.keys(problemsOf(draft)).length > 0 ||
      ((await checkNow(criterion)) ?? []).some(({ criterionId }) => criterionId === start.id);
    if (bad) focusProblem();
    else {
      finish();
      onSave(valid);
    }
  };

  const cancel = (): void => {
    finish();
    onCancel();
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    // A menu of the editor is its child in React, but not in the page.
    if (event.key !== 'Escape' || !form.current?.contains(event.target as Node)) return;
    event.stopPropagation();
    cancel();
  };

  return (
    <form
      ref={form}
      className={styles['editor']}
      aria-label={words.editing(saved?.name ?? '')}
      data-testid="criterion-editor"
      noValidate
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        void save();
      }}
    >
      <TextField
        label={words.name}
        value={draft.name}
        onValue={(name) => setDraft({ ...draft, name })}
        placeholder={impliedName(draft) || words.namePlaceholder}
        problem={problems.name ?? null}
        maxLength={1024}
        data-testid="criterion-name"
      />
      <Segments
        label={more.kind}
        value={draft.exclude ? 'exclude' : 'include'}
        onValue={(kind) => setDraft({ ...draft, exclude: kind === 'exclude' })}
        options={[
          { value: 'include', label: more.include, icon: <ListPlus /> },
          { value: 'exclude', label: more.exclude, icon: <Ban /> },
        ]}
      />
      {draft.exclude ? <p className={styles['editorNote']}>{more.excludeNote}</p> : null}
      <TextField
        ref={portsInput}
        label={words.ports}
        value={draft.ports}
        onValue={(ports) => setDraft({ ...draft, ports })}
        placeholder={words.portsPlaceholder}
        maxLength={8192}
        mono
        problem={
          problems.openPorts ??
          (tried && nothing ? { message: criteriaText.nothingSet, position: null, length: 0 } : null)
        }
        note={inForce(draft.ports, before?.ports ?? '', problems.openPorts !== undefined)}
        data-testid="criterion-ports"
      />
      <PatternField
        field="executable"
        label={words.executable}
        placeholder={words.executablePlaceholder}
        draft={draft}
        onDraft={setDraft}
        problem={problems.executable ?? null}
        note={inForce(
          draft.patterns.executable.text,
          before?.patterns.executable.text ?? '',
          problems.executable !== undefined,
        )}
      />
      <MoreConditions draft={draft} onDraft={setDraft} problems={problems} />
      {keptKeysOf(start).map(({ key, kubernetes }) => (
        <p key={key} className={styles['kept']} data-testid="criterion-kept">
          <Badge tone={kubernetes ? 'warn' : 'plain'}>{more.kept(key)}</Badge>{' '}
          {kubernetes ? more.keptNever : more.keptNote}
        </p>
      ))}
      {problems.selectors === undefined ? null : (
        <p className={styles['cardProblem']} role="alert">
          {problems.selectors.message}
        </p>
      )}
      <PreviewNote
        criterion={criterion}
        preview={preview}
        empty={nothing}
        problems={Object.keys(problems).length > 0}
      />
      <div className={styles['editorActions']}>
        <Button size="small" look="quiet" onClick={cancel}>
          {text.cancel}
        </Button>
        <Button size="small" look="primary" type="submit" data-testid="criterion-save">
          {text.save}
        </Button>
      </div>
    </form>
  );
};

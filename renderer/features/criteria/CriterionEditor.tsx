import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import type { Criterion } from '../../../contract/index.js';
import { newCriterionId } from '../../store/criteria.js';
import { Button } from '../../ui/Button.js';
import { TextField } from '../../ui/TextField.js';
import { text } from '../../ui/text.js';
import {
  criterionOf,
  draftOf,
  emptyDraft,
  impliedName,
  isEmptyDraft,
  nameProblem,
  portsProblem,
  type Draft,
} from './draft.js';
import { checkPattern, usePatternVerdict } from './pattern-check.js';
import styles from './Criteria.module.css';

const words = text.criteria;

export interface CriterionEditorProps {
  /** Null for a new one. */
  readonly criterion: Criterion | null;
  readonly onSave: (criterion: Criterion) => void;
  readonly onCancel: () => void;
}

/** Edits a draft. What is in force stays so until a draft without problems is saved. */
export const CriterionEditor = ({ criterion, onSave, onCancel }: CriterionEditorProps): ReactElement => {
  const before = criterion === null ? emptyDraft : draftOf(criterion);
  const [draft, setDraft] = useState<Draft>(before);
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const portsInput = useRef<HTMLInputElement>(null);

  useEffect(() => {
    portsInput.current?.focus();
    portsInput.current?.select();
    form.current?.scrollIntoView({ block: 'nearest' });
  }, []);

  const pattern = draft.executable.trim();
  const verdict = usePatternVerdict(pattern);
  const badName = nameProblem(draft.name);
  const badPorts = portsProblem(draft.ports);
  const badPattern = verdict?.state === 'bad' ? verdict.problem : null;
  const nothing = isEmptyDraft(draft);

  const inForce = (now: string, then: string, bad: boolean): string | null =>
    criterion !== null && (bad || now !== then)
      ? words.inForce(then === '' ? words.inForceNothing : then)
      : null;

  const focusProblem = (): void => {
    setTimeout(() => form.current?.querySelector<HTMLInputElement>('[aria-invalid=true]')?.focus(), 0);
  };

  const save = async (): Promise<void> => {
    setTried(true);
    if (nothing || badName !== null || badPorts !== null) {
      focusProblem();
      return;
    }
    // The verdict shown may be older than what is typed.
    if ((await checkPattern(pattern)).state === 'bad') {
      focusProblem();
      return;
    }
    onSave(criterionOf(draft, criterion?.id ?? newCriterionId(), criterion?.enabled ?? true));
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    onCancel();
  };

  return (
    <form
      ref={form}
      className={styles['editor']}
      aria-label={words.editing(criterion?.name ?? '')}
      data-testid="criterion-editor"
      noValidate
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextField
        label={words.name}
        value={draft.name}
        onValue={(name) => setDraft({ ...draft, name })}
        placeholder={impliedName(draft) || words.namePlaceholder}
        problem={badName}
        data-testid="criterion-name"
      />
      <TextField
        ref={portsInput}
        label={words.ports}
        value={draft.ports}
        onValue={(ports) => setDraft({ ...draft, ports })}
        placeholder={words.portsPlaceholder}
        mono
        problem={
          badPorts ?? (tried && nothing ? { message: words.nothingSet, position: null, length: 0 } : null)
        }
        note={inForce(draft.ports, before.ports, badPorts !== null)}
        data-testid="criterion-ports"
      />
      <TextField
        label={words.executable}
        value={draft.executable}
        onValue={(executable) => setDraft({ ...draft, executable })}
        placeholder={words.executablePlaceholder}
        maxLength={1024}
        mono
        problem={badPattern}
        note={
          verdict?.state === 'unchecked'
            ? words.patternUnchecked
            : inForce(draft.executable, before.executable, badPattern !== null)
        }
        data-testid="criterion-executable"
      />
      <div className={styles['editorActions']}>
        <Button size="small" look="quiet" onClick={onCancel}>
          {text.cancel}
        </Button>
        <Button size="small" look="primary" type="submit" data-testid="criterion-save">
          {text.save}
        </Button>
      </div>
    </form>
  );
};

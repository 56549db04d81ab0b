import { Plus, X } from 'lucide-react';
import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { Button, IconButton } from '../../ui/Button.js';
import { Menu, MenuItem } from '../../ui/Menu.js';
import { Segments } from '../../ui/Segments.js';
import { TextField } from '../../ui/TextField.js';
import { criteriaText } from './criteria-text.js';
import { withField, withoutField, type Draft, type FieldProblems } from './draft.js';
import { isPatternField, moreFields, type MoreField } from './fields.js';
import { PatternField } from './PatternField.js';
import styles from './Criteria.module.css';

const words = criteriaText.editor;

interface ConditionProps {
  readonly field: MoreField;
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
  readonly problems: FieldProblems;
  /** The button that takes the condition away. */
  readonly remove: ReactNode;
}

/** The place of one further condition in the editor. */
const Condition = ({ field, draft, onDraft, problems, remove }: ConditionProps): ReactElement => {
  const { name, note, placeholder } = criteriaText.fields[field];
  if (isPatternField(field)) {
    return (
      <PatternField
        field={field}
        label={name}
        placeholder={placeholder}
        draft={draft}
        onDraft={onDraft}
        problem={problems[field] ?? null}
        aside={remove}
      />
    );
  }
  switch (field) {
    case 'pids':
      return (
        <TextField
          label={name}
          value={draft.pids}
          onValue={(pids) => onDraft({ ...draft, pids })}
          placeholder={placeholder}
          maxLength={8192}
          mono
          problem={problems.pids ?? null}
          aside={remove}
          data-testid="criterion-pids"
        />
      );
    case 'namespace':
      return (
        <TextField
          label={name}
          value={draft.namespace}
          onValue={(namespace) => onDraft({ ...draft, namespace })}
          placeholder={placeholder}
          maxLength={200}
          note={note}
          problem={problems.namespace ?? null}
          aside={remove}
          data-testid="criterion-namespace"
        />
      );
    case 'networkNamespace':
      return (
        <div className={styles['group']} role="group" aria-label={name}>
          <div className={styles['flag']}>
            <span className={styles['flagName']}>{name}</span>
            {remove}
          </div>
          <Segments
            label={name}
            value={draft.networkNamespace}
            onValue={(networkNamespace) => onDraft({ ...draft, networkNamespace })}
            options={(['own', 'other', 'number'] as const).map((value) => ({
              value,
              label: criteriaText.namespaces[value],
            }))}
          />
          {draft.networkNamespace === 'number' ? (
            <TextField
              label={criteriaText.namespaceNumber}
              value={draft.networkNamespaceNumber}
              onValue={(networkNamespaceNumber) => onDraft({ ...draft, networkNamespaceNumber })}
              placeholder={placeholder}
              maxLength={20}
              mono
              problem={problems.networkNamespace ?? null}
              data-testid="criterion-networkNamespace"
            />
          ) : null}
        </div>
      );
    case 'containersOnly':
    case 'everything':
      return (
        <div className={styles['flag']} role="group" aria-label={name} data-testid={`criterion-${field}`}>
          <span className={styles['flagName']}>
            {name} <span className={styles['flagNote']}>{note}</span>
          </span>
          {remove}
        </div>
      );
  }
};

/** What gets the keyboard in a condition that was added: the first of these that it has. */
const controls = ['input[data-testid]', '[role=radio][data-checked]', 'button'];

export interface MoreConditionsProps {
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
  readonly problems: FieldProblems;
}

/** Conditions that are asked by being added: each with its field, and a menu of those that are not asked yet. */
export const MoreConditions = ({ draft, onDraft, problems }: MoreConditionsProps): ReactElement => {
  const list = useRef<HTMLDivElement>(null);
  const menu = useRef<HTMLButtonElement>(null);
  const left = moreFields.filter((field) => !draft.shown.includes(field));
  /** Chosen last in the menu, until the menu is opened again. */
  const [added, setAdded] = useState<MoreField | null>(null);

  const controlOf = (field: MoreField): HTMLElement | null =>
    controls
      .map((selector) => list.current?.querySelector<HTMLElement>(`[data-field="${field}"] ${selector}`))
      .find((element) => element != null) ?? null;

  useEffect(() => {
    if (added === null) return;
    list.current?.querySelector(`[data-field="${added}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [added]);

  return (
    <>
      {draft.shown.length === 0 ? null : (
        <div ref={list} className={styles['more']}>
          {draft.shown.map((field) => (
            <div key={field} data-field={field}>
              <Condition
                field={field}
                draft={draft}
                onDraft={onDraft}
                problems={problems}
                remove={
                  <IconButton
                    label={words.remove(criteriaText.fields[field].name)}
                    size="small"
                    className={styles['removeCondition']}
                    onClick={() => {
                      onDraft(withoutField(draft, field));
                      menu.current?.focus();
                    }}
                  >
                    <X />
                  </IconButton>
                }
              />
            </div>
          ))}
        </div>
      )}
      <Menu
        focusOnClose={added === null ? undefined : () => controlOf(added)}
        onOpen={() => setAdded(null)}
        trigger={
          <Button
            ref={menu}
            size="small"
            look="quiet"
            icon={<Plus />}
            className={styles['addCondition']}
            disabled={left.length === 0}
            data-testid="more-conditions"
          >
            {left.length === 0 ? words.moreNone : words.more}
          </Button>
        }
      >
        {left.map((field) => (
          <MenuItem
            key={field}
            note={criteriaText.fields[field].note}
            onSelect={() => {
              setAdded(field);
              onDraft(withField(draft, field));
            }}
          >
            {criteriaText.fields[field].name}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
};

import type { ReactElement, ReactNode } from 'react';
import { Segments } from '../../ui/Segments.js';
import { TextField, type FieldProblem } from '../../ui/TextField.js';
import { criteriaText } from './criteria-text.js';
import { withPattern, type Draft } from './draft.js';
import type { PatternField as Field } from './fields.js';

const words = criteriaText.editor;

export interface PatternFieldProps {
  readonly field: Field;
  readonly label: string;
  readonly placeholder: string;
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
  readonly problem: FieldProblem | null;
  readonly note?: string | null;
  /** Beside the choice of the kind of pattern. */
  readonly aside?: ReactNode;
}

/** A pattern and its kind. */
export const PatternField = ({
  field,
  label,
  placeholder,
  draft,
  onDraft,
  problem,
  note = null,
  aside,
}: PatternFieldProps): ReactElement => {
  const { syntax, text } = draft.patterns[field];
  return (
    <TextField
      label={label}
      value={text}
      onValue={(typed) => onDraft(withPattern(draft, field, { text: typed }))}
      placeholder={placeholder}
      maxLength={1024}
      mono
      problem={problem}
      note={note}
      aside={
        <>
          <Segments
            label={words.syntax(label)}
            size="small"
            value={syntax}
            onValue={(next) => onDraft(withPattern(draft, field, { syntax: next }))}
            options={(['regex', 'glob'] as const).map((value) => ({
              value,
              label: words.syntaxes[value],
              note: words.syntaxNotes[value],
            }))}
          />
          {aside}
        </>
      }
      data-testid={`criterion-${field}`}
    />
  );
};

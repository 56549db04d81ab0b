import { parsePortRanges, type Criterion, type CriterionId } from '../../../contract/index.js';
import type { FieldProblem } from '../../ui/TextField.js';
import { text } from '../../ui/text.js';

const words = text.criteria;

/** A criterion as it is typed; nothing of it is in force. */
export interface Draft {
  readonly name: string;
  readonly ports: string;
  readonly executable: string;
}

export const emptyDraft: Draft = { name: '', ports: '', executable: '' };

export const draftOf = ({ name, openPorts, executable }: Criterion): Draft => ({
  name,
  ports: openPorts ?? '',
  executable: executable ?? '',
});

export const portsProblem = (ports: string): FieldProblem | null => {
  if (ports.trim() === '') return null;
  const parsed = parsePortRanges(ports);
  if (parsed.ok) return null;
  const { message, position, length } = parsed.error;
  return { message: message + words.at(position), position, length };
};

export const nameProblem = (name: string): FieldProblem | null =>
  name.trim().length > 80 ? { message: words.nameLong, position: 80, length: name.length - 80 } : null;

/** What the criterion is called when no name is typed. */
export const impliedName = ({ ports, executable }: Draft): string =>
  (ports.trim() || executable.trim()).slice(0, 80);

export const isEmptyDraft = ({ ports, executable }: Draft): boolean =>
  ports.trim() === '' && executable.trim() === '';

/** The criterion a draft without problems stands for. */
export const criterionOf = (draft: Draft, id: CriterionId, enabled: boolean): Criterion => ({
  id,
  name: draft.name.trim() || impliedName(draft),
  enabled,
  openPorts: draft.ports.trim() || null,
  executable: draft.executable.trim() || null,
});

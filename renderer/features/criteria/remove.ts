import type { CriterionId } from '../../../contract/index.js';
import { useCriteria } from '../../store/criteria.js';
import { useSelection } from '../../store/selection.js';
import { useToasts } from '../../store/toasts.js';
import { text } from '../../ui/text.js';

/**
 * Deletes a criterion and offers to take that back. Returns the one that comes to stand in its
 * place (or the one before it), null when none is left.
 */
export const removeCriterion = (id: CriterionId): CriterionId | null => {
  const { list, remove, restore } = useCriteria.getState();
  const at = list.findIndex((criterion) => criterion.id === id);
  const criterion = list[at];
  if (criterion === undefined) return null;
  remove(id);
  useToasts.getState().show({
    tone: 'plain',
    text: text.criteria.deleted(criterion.name),
    action: { label: text.undo, run: () => restore(criterion, at) },
  });
  const next = (list[at + 1] ?? list[at - 1])?.id ?? null;
  const { selected, select, clear } = useSelection.getState();
  if (selected?.kind === 'criterion' && selected.key === id) {
    if (next === null) clear();
    else select({ kind: 'criterion', key: next });
  }
  return next;
};

import type { CriterionId } from '../../contract/index.js';
import { HUES, useCriteria } from '../store/criteria.js';

export type Shape = 'square' | 'circle' | 'triangle' | 'diamond' | 'pentagon' | 'cross' | 'ring' | 'bar';

const shapes: readonly Shape[] = [
  'square',
  'circle',
  'triangle',
  'diamond',
  'pentagon',
  'cross',
  'ring',
  'bar',
];

/** How a criterion is told apart: never by colour alone. */
export interface CriterionLook {
  /** 0 to 7: `--criterion-N` of tokens.css. */
  readonly hue: number;
  readonly shape: Shape;
}

export const lookOfHue = (hue: number): CriterionLook => ({
  hue,
  shape: shapes[hue % HUES] ?? 'square',
});

/** For components; null for a criterion that is not there any more. */
export const useCriterionLook = (id: CriterionId): CriterionLook | null => {
  const hue = useCriteria((state) => state.hues.get(id));
  return hue === undefined ? null : lookOfHue(hue);
};

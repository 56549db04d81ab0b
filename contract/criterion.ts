import { z } from 'zod';
import { CriterionId } from './brands.js';
import { PortRangesText } from './port-ranges.js';

/**
 * A named rule that selects processes. Everything set must hold; order decides which one wins.
 * `null` means the selector is not set; at least one must be.
 */
export const Criterion = z
  .object({
    id: CriterionId,
    name: z.string().trim().min(1, 'a criterion needs a name').max(80),
    enabled: z.boolean(),
    openPorts: PortRangesText.nullable(),
    /** Regular expression, RE2 syntax, searched in the executable's path (unanchored). */
    executable: z.string().min(1).max(1024).nullable(),
  })
  .refine((criterion) => criterion.openPorts !== null || criterion.executable !== null, {
    message: 'a criterion needs open ports or an executable',
  });
export type Criterion = z.infer<typeof Criterion>;

export const Criteria = z
  .array(Criterion)
  .max(200)
  .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, {
    message: 'two criteria have the same id',
  });
export type Criteria = z.infer<typeof Criteria>;

/** One condition of a criterion against one process: what was wanted, what was seen. */
export const Condition = z.object({
  selector: z.enum(['open_ports', 'exe_path']),
  wanted: z.string(),
  seen: z.string(),
  held: z.boolean(),
});
export type Condition = z.infer<typeof Condition>;

/** A criterion evaluated against one process, in words. */
export const Evaluation = z.object({
  criterionId: CriterionId,
  criterionName: z.string(),
  conditions: z.array(Condition),
  held: z.boolean(),
});
export type Evaluation = z.infer<typeof Evaluation>;

/** A field of a criterion that cannot be put into force, and where in its text. */
export const CriterionProblem = z.object({
  criterionId: CriterionId,
  field: z.enum(['name', 'openPorts', 'executable']),
  message: z.string(),
  position: z.int().nonnegative().nullable(),
});
export type CriterionProblem = z.infer<typeof CriterionProblem>;

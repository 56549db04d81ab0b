import { z } from 'zod';
import { Criterion } from './criterion.js';

/** Something wrong, or worth knowing, in a configuration: what, where, how to mend. */
export const ConfigurationProblem = z.object({
  /** File name, or the name of the environment variable. */
  file: z.string(),
  /** From 1; null where the source has no lines (an environment variable). */
  line: z.int().positive().nullable(),
  /** From 1, in characters. */
  column: z.int().positive().nullable(),
  message: z.string(),
});
export type ConfigurationProblem = z.infer<typeof ConfigurationProblem>;

/** `FILE:LINE:COLUMN: MESSAGE`, as compilers write it. */
export const configurationProblemText = ({ file, line, column, message }: ConfigurationProblem): string =>
  [file, ...(line === null ? [] : [line]), ...(column === null ? [] : [column])].join(':') + `: ${message}`;

/** What a Beyla or OBI configuration means here. */
export const Configuration = z.object({
  criteria: z.array(Criterion),
  /** Null: not said. */
  pollIntervalMs: z.number().positive().nullable(),
  /** Sections that are not about discovery, as YAML, to be written out again; null: none. */
  kept: z.string().nullable(),
  /** What was understood but selects nothing here, and what was kept without being used. */
  notes: z.array(ConfigurationProblem),
});
export type Configuration = z.infer<typeof Configuration>;

/** `beyla`: `discovery.services`; `obi`: `discovery.instrument`; `env`: lines of `BEYLA_OPEN_PORT=…`. */
export const ConfigurationForm = z.enum(['beyla', 'obi', 'env']);
export type ConfigurationForm = z.infer<typeof ConfigurationForm>;

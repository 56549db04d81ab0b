import type { Selectors } from '../../../contract/index.js';

/** Selectors that are a pattern over a text. */
export type PatternField = Extract<
  keyof Selectors,
  'executable' | 'args' | 'languages' | 'user' | 'unit' | 'containerName'
>;

/** What is asked for by being added; the others have a place of their own in the editor. */
export type MoreField = Exclude<keyof Selectors, 'openPorts' | 'executable'> | 'namespace';

/** In the order in which they are offered. */
export const moreFields: readonly MoreField[] = [
  'args',
  'languages',
  'user',
  'unit',
  'containerName',
  'containersOnly',
  'networkNamespace',
  'pids',
  'namespace',
  'everything',
];

const patternFields = ['executable', 'args', 'languages', 'user', 'unit', 'containerName'] as const;

export const isPatternField = (field: string): field is PatternField =>
  (patternFields as readonly string[]).includes(field);

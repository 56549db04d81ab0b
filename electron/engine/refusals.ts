import type { z } from 'zod';

/** Most refusals told in words before only their number is. */
const MOST_TOLD = 20;

/**
 * Parses what comes over a process border. A message of the wrong shape is refused and logged,
 * a flood of them is counted.
 */
export class Refusals {
  readonly #log: (message: string) => void;
  #count = 0;

  constructor(log: (message: string) => void) {
    this.#log = log;
  }

  parse<Schema extends z.ZodType>(
    schema: Schema,
    message: unknown,
    from: string,
  ): z.output<Schema> | undefined {
    const result = schema.safeParse(message);
    if (result.success) return result.data;
    this.#count += 1;
    if (this.#count < MOST_TOLD) {
      const [issue] = result.error.issues;
      const where = issue === undefined || issue.path.length === 0 ? 'the message' : issue.path.join('.');
      this.#log(`Refused a message from ${from}: ${where}: ${issue?.message ?? 'wrong shape'}.`);
    } else if (this.#count === MOST_TOLD) {
      this.#log(`Refused ${String(this.#count)} messages; further ones are refused silently.`);
    }
    return undefined;
  }
}

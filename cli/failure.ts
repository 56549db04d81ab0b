/** Wrong usage or configuration: exit 2. */
export const USAGE = 2;
/** Anything else that failed: exit 1. */
export const FAILURE = 1;

/** Ends the command with one line on stderr: what, where, how to mend. */
export class CommandFailure extends Error {
  readonly exitCode: typeof USAGE | typeof FAILURE;

  constructor(exitCode: typeof USAGE | typeof FAILURE, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

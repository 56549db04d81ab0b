/** An error that a person can act on: what happened, and what to do about it. */
export class Failure extends Error {
  /**
   * @param {string} message What happened, to what.
   * @param {string} remedy What to do, in words or as a command.
   * @param {number} [exitCode] Exit code of the script; default 1.
   */
  constructor(message, remedy, exitCode = 1) {
    super(message);
    this.remedy = remedy;
    this.exitCode = exitCode;
  }
}

/**
 * Runs a script's main function. A Failure is printed as two lines on stderr, any other error with
 * its stack.
 *
 * @param {() => Promise<number>} main Resolves to the exit code.
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`\nbindscope: ${error.message}\n  → ${error.remedy}\n`);
    process.exitCode = error.exitCode;
  }
}

/**
 * @param {unknown} error
 * @returns {string} The message of an error, followed by that of its cause.
 */
export function messageOf(error) {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
}

/** Electron puts this before the words of an error that main threw. */
const WRAPPING = /^Error invoking remote method '[^']*': (?:\w*Error: )?/;

/** The words of whatever was thrown, as main or the engine wrote them. */
export const errorWords = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(WRAPPING, '');

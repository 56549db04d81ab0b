import type { ProcessInfo } from '../../contract/index.js';

const encoder = new TextEncoder();

/** What stands for bytes that are no character: the first of one that was cut through. */
const replacement = '\ufffd';

/**
 * Bytes of the command line that `args` hold: its arguments and the NULs between them, without a last
 * character that was cut through. `cut`: the command line is longer than them and its last NUL.
 */
export const capturedArguments = ({
  args,
  argsLength,
}: Pick<ProcessInfo, 'args' | 'argsLength'>): { readonly bytes: number; readonly cut: boolean } => {
  const text = args.join('\0');
  const bytes = encoder.encode(text).length;
  const cut = argsLength > bytes + 1;
  return cut && text.endsWith(replacement) ? { bytes: bytes - 3, cut } : { bytes, cut };
};

import type { Source } from './configuration.js';
import { text } from './configuration-text.js';

/** Bytes; what the engine and main take at most. */
const MOST_BYTES = 4_000_000;

/** Text of a file that was dropped on the window. Rejects in words. */
export const readDroppedFile = async (file: File): Promise<Source> => {
  if (file.size > MOST_BYTES) throw new Error(text.tooLarge(file.name));
  try {
    const bytes = await file.arrayBuffer();
    return { file: file.name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    throw new Error(text.notText(file.name), { cause: error });
  }
};

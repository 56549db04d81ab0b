import { InvalidArgumentError } from 'commander';
import type { KernelSource } from '../contract/index.js';
import { listeningRingRemedy, parseRingSize, ringSizeRule, ringSizeText } from '../contract/index.js';
import { overheardSource } from '../discovery/recording/overheard-source.js';

/** Reads the value of `--ring-size`. */
export const ringSizeFrom = (text: string): number => {
  const bytes = parseRingSize(text);
  if (bytes === undefined) throw new InvalidArgumentError(`--ring-size: ${ringSizeRule}`);
  return bytes;
};

/** The source, which says once when its helper is not one whose ring buffer we may size. */
export const sayingOtherRing = (
  source: KernelSource,
  asked: number,
  say: (text: string) => void,
): KernelSource => {
  let said = false;
  return overheardSource(source, {
    state: ({ ringBytes }) => {
      if (said || ringBytes === undefined || ringBytes === asked) return;
      said = true;
      say(
        `The ring buffer has ${ringSizeText(ringBytes)}, whatever --ring-size says. ${listeningRingRemedy}`,
      );
    },
  });
};

import { InvalidArgumentError } from 'commander';
import type { KernelSource } from '../contract/index.js';
import { listeningRingRemedy, parseRingSize, ringSizeRule, ringSizeText } from '../contract/index.js';

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
  return {
    start: (listener) =>
      source.start({
        events: (events) => {
          listener.events(events);
        },
        lost: (loss) => {
          listener.lost(loss);
        },
        gap: (gap) => {
          listener.gap(gap);
        },
        state: (state) => {
          const { ringBytes } = state;
          if (!said && ringBytes !== undefined && ringBytes !== asked) {
            said = true;
            say(
              `The ring buffer has ${ringSizeText(ringBytes)}, whatever --ring-size says. ${listeningRingRemedy}`,
            );
          }
          listener.state(state);
        },
      }),
    snapshot: () => source.snapshot(),
    caughtUp: () => source.caughtUp(),
    watchActivity: (ports) => {
      source.watchActivity(ports);
    },
    readActivity: () => source.readActivity(),
    askForFullView: () => source.askForFullView(),
    clocks: () => source.clocks(),
    close: () => {
      source.close();
    },
  };
};

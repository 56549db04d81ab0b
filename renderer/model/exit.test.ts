import { expect, it } from 'vitest';
import { exitText } from './exit.js';

it.each([
  [0, 'exit 0'],
  [128, 'exit 128'],
  [129, 'killed by SIGHUP'],
  [137, 'killed by SIGKILL'],
  [143, 'killed by SIGTERM'],
  [159, 'killed by SIGSYS'],
  [255, 'exit 255'],
  [null, 'exit status unknown: only a poll noticed'],
])('says of %j: %s', (code, words) => expect(exitText(code)).toBe(words));

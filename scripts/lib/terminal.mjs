import { clearInterval, setInterval } from 'node:timers';

/**
 * What the scripts say on the way. All of it goes to stderr: stdout belongs to the program that is
 * started in the end.
 */
const { stderr } = process;
const colour = stderr.isTTY && !process.env['NO_COLOR'];

/** @type {(code: number) => (text: string) => string} */
const paint = (code) => (text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);
export const yellow = paint(33);

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const clearLine = '\r\u001b[2K';

/** The line of the step that is under way; rewritten in place on a terminal. */
/** @type {(() => string) | null} */
let live = null;

/** @param {string} line */
export function say(line) {
  stderr.write(live && stderr.isTTY ? `${clearLine}${line}\n${live()}` : `${line}\n`);
}

/** @param {string} text */
export const note = (text) => say(`${dim('·')} ${text}`);

/** @param {string} text */
export const warn = (text) => say(`${yellow('!')} ${text}`);

/**
 * @param {number} ms
 * @returns {string} As read by people: `0.4 s`, `41 s`, `3 min 5 s`.
 */
export function duration(ms) {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * Shows a step while it runs and how long it took: a spinner on a terminal, two lines elsewhere.
 *
 * @template T
 * @param {string} title What is done, as "Building the window".
 * @param {(progress: (detail: string) => void) => Promise<T>} work May tell how far it is.
 * @param {(result: T) => boolean} [isGood] Whether the result counts as success; default: always.
 * @returns {Promise<T>}
 */
export async function step(title, work, isGood = () => true) {
  const begun = performance.now();
  const elapsed = () => duration(performance.now() - begun);
  let detail = '';
  let frame = 0;
  const line = () => `${frames[frame % frames.length]} ${title}  ${dim(`${detail} ${elapsed()}`.trim())}`;
  const timer = stderr.isTTY
    ? setInterval(() => {
        frame += 1;
        stderr.write(`${clearLine}${line()}`);
      }, 100)
    : null;
  if (timer) live = line;
  else say(`… ${title}`);
  /** @param {string} mark */
  const finish = (mark) => {
    if (timer) {
      clearInterval(timer);
      live = null;
      stderr.write(clearLine);
    }
    say(`${mark} ${title}  ${dim(elapsed())}`);
  };
  try {
    const result = await work((text) => (detail = text));
    finish(isGood(result) ? green('✓') : red('✗'));
    return result;
  } catch (error) {
    finish(red('✗'));
    throw error;
  }
}

import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { canAccess } from './staging.mjs';

/**
 * Root may name files in arguments that the unprivileged user who does the work cannot reach, such
 * as those of a temporary folder of root's. Input files are copied to where the user can read them;
 * a file to be written is written there and brought to its place when all went well.
 *
 * @typedef {object} HandedFiles
 * @property {string[]} args The arguments, with other paths where needed.
 * @property {((text: string) => string) | undefined} rewrite Puts the paths as they were given into
 *   messages; undefined when there is nothing to rewrite.
 * @property {(succeeded?: boolean) => void} deliver Brings written files to their place; when the
 *   command failed, only recordings, which are of use as far as they go.
 * @property {() => void} remove
 */

const inputOptions = ['--config'];
const recordingOption = '--record';
const outputOptions = ['--out', recordingOption];
/** Commands whose argument is a file, and options whose value is none of theirs. */
const fileCommands = ['replay', 'export'];
const valueOptions = ['--open-port', '--exe', '--duration', '--format', '--from', '--to', '--until'];

/**
 * @param {import('./user.mjs').User} user
 * @param {readonly string[]} args
 * @param {string} parent Folder of the user's own.
 * @returns {Promise<HandedFiles>}
 */
export async function handFiles(user, args, parent) {
  const candidates = args.map((_, index) => candidateOf(args, index));
  const found = candidates.filter((candidate) => candidate !== null);
  const access =
    found.length > 0
      ? await canAccess(
          user,
          found.map(({ path, output }) => (output ? ['w', dirname(resolve(path))] : ['r', path])),
        )
      : [];
  const unreachable = new Set(found.filter((_, index) => !access[index]));
  if (unreachable.size === 0) {
    return { args: [...args], rewrite: undefined, deliver: () => undefined, remove: () => undefined };
  }

  const dir = mkdtempSync(join(parent, 'files-'));
  chownSync(dir, user.uid, user.gid);
  /** @type {{ given: string, used: string, output: boolean, partial: boolean }[]} */
  const handed = [];
  const changed = args.map((argument, index) => {
    const candidate = candidates[index];
    if (!candidate || !unreachable.has(candidate)) return argument;
    const { path: given, output, option, partial } = candidate;
    const folder = join(dir, String(handed.length));
    mkdirSync(folder);
    chownSync(folder, user.uid, user.gid);
    const used = join(folder, basename(given));
    if (!output) copyFileSync(given, used);
    // Who does not write over files sees that there is one.
    else if (partial && existsSync(given)) writeFileSync(used, '');
    if (existsSync(used)) {
      chownSync(used, user.uid, user.gid);
      chmodSync(used, 0o600);
    }
    handed.push({ given, used, output, partial });
    return `${option}${used}`;
  });
  return {
    args: changed,
    rewrite: (text) => handed.reduce((now, { given, used }) => now.replaceAll(used, given), text),
    deliver: (succeeded = true) => {
      for (const { given, used, output, partial } of handed) {
        const written = output && existsSync(used) && (succeeded || (partial && statSync(used).size > 0));
        if (written) copyFileSync(used, given);
      }
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/**
 * @param {readonly string[]} args
 * @param {number} index
 * @returns {{ path: string, output: boolean, option: string, partial: boolean } | null} The file an
 *   argument names; `option`: what stands before the path in it; `partial`: of use though unfinished.
 */
function candidateOf(args, index) {
  const [, option = '', path = ''] = /^(--[\w-]+=)?(.*)$/s.exec(args[index] ?? '') ?? [];
  const name = option ? option.slice(0, -1) : (args[index - 1] ?? '');
  if (outputOptions.includes(name)) {
    const partial = name === recordingOption;
    // A device or pipe is written as it is: a copy that fails would remove it.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) return null;
    return existsSync(dirname(resolve(path))) ? { path, output: true, option, partial } : null;
  }
  const isArgument =
    index > 0 &&
    fileCommands.includes(args[0] ?? '') &&
    !option &&
    !path.startsWith('-') &&
    !valueOptions.includes(name);
  if (!inputOptions.includes(name) && !isArgument) return null;
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isFile ? { path, output: false, option, partial: false } : null;
}

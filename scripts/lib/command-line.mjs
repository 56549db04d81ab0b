import { pathToFileURL } from 'node:url';
import { warn } from './terminal.mjs';
import { foreground } from './foreground.mjs';
import { handFiles } from './handed-files.mjs';
import { startHelperListener } from './helper-listener.mjs';
import { app, isRoot, root } from './paths.mjs';
import { appFolderFor, executableFor } from './staging.mjs';
import { unprivilegedUser, userCommand } from './user.mjs';
import { environmentOf } from './user-environment.mjs';
import { messageOf } from './failure.mjs';

/** Bytes of each unit that `--ring-size` knows. */
const units = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/**
 * `--ring-size` of the command line for a helper that is started before it. Sizes that are none are
 * left to the command line, which says why.
 *
 * @param {readonly string[]} args
 * @returns {string[]}
 */
export function ringOptions(args) {
  const at = args.findLastIndex((one) => one === '--ring-size' || one.startsWith('--ring-size='));
  const size = args[at]?.split('=')[1] ?? args[at + 1] ?? '';
  const [, digits, unit] = (at < 0 ? null : /^\s*(\d{1,10})\s*([KMG]?)(?:i?B)?\s*$/i.exec(size)) ?? [];
  if (digits === undefined) return [];
  const bytes = Number(digits) * units[/** @type {keyof typeof units} */ ((unit ?? '').toUpperCase())];
  const isSize = bytes >= 2 ** 16 && bytes <= 2 ** 30 && Number.isInteger(Math.log2(bytes));
  return isSize ? ['--ring-bytes', String(bytes)] : [];
}

/**
 * Runs the built command line. An ordinary user runs it in this very process. Root starts a helper
 * and runs it as an unprivileged user.
 *
 * @param {readonly string[]} args
 * @returns {Promise<number>} Exit code.
 */
export async function runCommandLine(args) {
  if (!isRoot) {
    process.argv = [process.execPath, app.cli, ...args];
    await import(pathToFileURL(app.cli).href);
    return Number(process.exitCode ?? 0);
  }
  const user = unprivilegedUser();
  const env = environmentOf(user);
  const [folder, node, files, helper] = await Promise.all([
    appFolderFor(user),
    executableFor(user, process.execPath, { wholeFolder: false }),
    handFiles(user, args, env['XDG_RUNTIME_DIR'] ?? '/tmp'),
    startHelperListener(user.uid, ringOptions(args)).catch((error) => {
      warn(`${messageOf(error).replace(/\.$/, '')}. Going on with limited view`);
      return null;
    }),
  ]);
  if (helper) env['BINDSCOPE_HELPER_SOCKET'] = helper.socket;
  try {
    const [command, ...rest] = userCommand(user, [node, app.cli.replace(root, folder), ...files.args]);
    const code = await foreground(command, rest, {
      env,
      ...(files.rewrite ? { stderr: files.rewrite } : {}),
    });
    files.deliver(code === 0);
    return code;
  } finally {
    files.remove();
    await helper?.stop();
  }
}

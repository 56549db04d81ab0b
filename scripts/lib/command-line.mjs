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
    startHelperListener(user.uid).catch((error) => {
      warn(`${messageOf(error)}. Going on with limited view`);
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

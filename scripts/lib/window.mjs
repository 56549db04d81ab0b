import { messageOf } from './failure.mjs';
import { foreground } from './foreground.mjs';
import { startHelperListener } from './helper-listener.mjs';
import { isRoot, root } from './paths.mjs';
import { ensureSandbox } from './sandbox.mjs';
import { appFolderFor, executableFor } from './staging.mjs';
import { note, warn } from './terminal.mjs';
import { unprivilegedUser, userCommand } from './user.mjs';
import { environmentOf } from './user-environment.mjs';

/**
 * Chromium's own complaints (no session bus, no graphics card) tell a user nothing and would bury
 * what Bindscope says. A flag among the user's own comes later and so wins.
 */
const quiet = ['--log-level=3'];

/**
 * Opens the built app and waits until it is closed. For an ordinary user Electron is run directly,
 * and the engine itself asks (polkit) for the helper. Root starts the helper, and runs Electron as
 * an unprivileged user.
 *
 * @param {string} electron The executable.
 * @param {readonly string[]} args For the app.
 * @returns {Promise<number>} Exit code.
 */
export async function openWindow(electron, args) {
  if (!isRoot) {
    await ensureSandbox(electron, null);
    return foreground(electron, [...quiet, root, ...args], { env: process.env });
  }
  const user = unprivilegedUser();
  const env = environmentOf(user);
  const [folder, executable, helper] = await Promise.all([
    appFolderFor(user),
    executableFor(user, electron, { wholeFolder: true }),
    startHelperListener(user.uid).catch((error) => {
      warn(`${messageOf(error).replace(/\.$/, '')}. Going on with limited view`);
      return null;
    }),
  ]);
  try {
    await ensureSandbox(executable, user);
    note(`The window and the engine run as ${user.name}, the helper as root`);
    if (helper) env['BINDSCOPE_HELPER_SOCKET'] = helper.socket;
    const [command, ...rest] = userCommand(user, [executable, ...quiet, folder, ...args]);
    return await foreground(command, rest, { env, cwd: folder });
  } finally {
    await helper?.stop();
  }
}

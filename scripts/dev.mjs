// `npm run dev`: the app with hot reload of the window; changes of main process, engine and preload
// restart it. Changes of eBPF and C++ are built when it is started.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUpWithElectron } from './lib/bootstrap.mjs';
import { Failure, runMain } from './lib/failure.mjs';
import { foreground } from './lib/foreground.mjs';
import { startHelperListener } from './lib/helper-listener.mjs';
import { isRoot, native, root } from './lib/paths.mjs';
import { ensureSandbox } from './lib/sandbox.mjs';
import { canAccess, executableFor } from './lib/staging.mjs';
import { removeStamp } from './lib/stamps.mjs';
import { note } from './lib/terminal.mjs';
import { unprivilegedUser, userCommand } from './lib/user.mjs';
import { environmentOf } from './lib/user-environment.mjs';
import { writeUserWrapper } from './lib/user-wrapper.mjs';

await runMain(async () => {
  const runtime = await setUpWithElectron({ withoutApp: true });
  note(runtime.why);
  // The bundle of out/ is about to be one for development.
  removeStamp('app');
  const electronVite = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  const args = [electronVite, 'dev', '--watch', '--', ...process.argv.slice(2)];
  if (!isRoot) {
    await ensureSandbox(runtime.executable, null);
    const env = { ...process.env, ELECTRON_EXEC_PATH: runtime.executable };
    return foreground(process.execPath, args, { env, cwd: root });
  }

  const user = unprivilegedUser();
  const executable = await executableFor(user, runtime.executable, { wholeFolder: true });
  await ensureSandbox(executable, user);
  const helper = await startHelperListener(user.uid);
  const scratch = mkdtempSync(join(tmpdir(), 'bindscope-dev-'));
  try {
    const [readable, writable] = await canAccess(user, [
      ['r', native.addon],
      ['w', root],
    ]);
    if (!readable) {
      throw new Failure(
        `${user.name}, as whom the window runs, cannot read ${root}`,
        'Move the checkout to where other users can read it, or work on it as an ordinary user.',
      );
    }
    const env = { ...environmentOf(user), BINDSCOPE_HELPER_SOCKET: helper.socket };
    if (writable) {
      const [command, ...rest] = userCommand(user, [process.execPath, ...args]);
      return await foreground(command, rest, {
        env: { ...env, ELECTRON_EXEC_PATH: executable },
        cwd: root,
      });
    }
    const path = join(scratch, 'electron');
    const passing = ['ELECTRON_RENDERER_URL', 'NODE_ENV_ELECTRON_VITE'];
    writeUserWrapper({ path, user, executable, env, passing });
    return await foreground(process.execPath, args, {
      env: { ...process.env, ELECTRON_EXEC_PATH: path },
      cwd: root,
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    await helper.stop();
  }
});

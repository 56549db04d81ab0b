// `npm start`: sets up what is missing and opens the app.
import { setUp, setUpWithElectron } from './lib/bootstrap.mjs';
import { runCommandLine } from './lib/command-line.mjs';
import { runMain } from './lib/failure.mjs';
import { note } from './lib/terminal.mjs';
import { openWindow } from './lib/window.mjs';

const usage = `npm start -- [options] [arguments for the app]

Installs what is missing, builds, and opens the app; only the first time takes long. Started as root,
the window and the engine run as the user who called sudo (else as nobody), only the helper as root.
Without a display the live view of the command line is shown instead.

  --retry-electron  try the official Electron download even if it failed in the last 24 hours
  --help            this text

Environment: ELECTRON_OVERRIDE_DIST_PATH (folder of an unpacked Electron to use), ELECTRON_MIRROR
(where to download it from), BINDSCOPE_CACHE (folder of downloads and runtimes), NO_COLOR.
`;

await runMain(async () => {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  if (!process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) {
    await setUp();
    note('No display (neither DISPLAY nor WAYLAND_DISPLAY is set): here is the live view; Ctrl-C ends it');
    return runCommandLine(['watch']);
  }
  const runtime = await setUpWithElectron({ retryElectron: args.includes('--retry-electron') });
  note(runtime.why);
  return openWindow(
    runtime.executable,
    args.filter((argument) => argument !== '--retry-electron'),
  );
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { readyRuntime } from '../../scripts/lib/electron/runtime.mjs';
import { isRoot, root } from '../../scripts/lib/paths.mjs';
import { ensureSandbox } from '../../scripts/lib/sandbox.mjs';
import { appFolderFor, executableFor } from '../../scripts/lib/staging.mjs';
import { environmentOf } from '../../scripts/lib/user-environment.mjs';
import { writeUserWrapper } from '../../scripts/lib/user-wrapper.mjs';
import { unprivilegedUser } from '../../scripts/lib/user.mjs';
import { startDisplay, type ScreenSize } from './display.js';
import { canHaveHelper, startHelper, type TestHelper } from './helper.js';
import { createHome, type Home } from './home.js';

export interface LaunchOptions {
  /** Of the test's own X server. Default 1280 × 800. */
  readonly screen?: ScreenSize;
  /** A home of an earlier launch, whose settings are to be found again. Default: a new one. */
  readonly home?: Home;
  /** `false`: no helper, so the app is in limited mode. Default: one where this run can have it. */
  readonly helper?: boolean;
  /** Further arguments of the app. */
  readonly args?: readonly string[];
  /** Further environment of the app. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The real app: window, main process and engine unprivileged and sandboxed, the helper as root. */
export interface Launched {
  readonly app: ElectronApplication;
  /** The main window, loaded. */
  readonly page: Page;
  readonly home: Home;
  readonly exportDir: string;
  /** The user the app runs as. */
  readonly uid: number;
  /** Null in limited mode. */
  readonly helper: TestHelper | null;
  /** What the app wrote to its standard output and error so far. */
  output(): string;
  /** Ends everything that was started; a home that was handed in stays. */
  stop(): Promise<void>;
}

/** What Playwright has Electron load before the app; needed where the app runs from a copy. */
const playwrightParts = ['node_modules/playwright-core'];
const closeTimeoutMs = 5_000;

/** Starts the built app. `npm test` and `npm run setup -- --for-tests` make what it needs. */
export async function launch(options: LaunchOptions = {}): Promise<Launched> {
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };
  try {
    const home = options.home ?? createHome();
    if (!options.home) undo.push(() => home.remove());
    const display = await startDisplay(options.screen ?? { width: 1280, height: 800 });
    undo.push(() => display.stop());

    const user = isRoot ? unprivilegedUser() : null;
    const uid = user?.uid ?? process.getuid?.() ?? -1;
    const helper = (options.helper ?? (await canHaveHelper())) ? await startHelper(uid) : null;
    if (helper) undo.push(() => helper.stop());

    const env: Record<string, string> = {
      ...(user ? environmentOf(user, home.dir) : ownEnvironment(home.dir)),
      DISPLAY: display.name,
      ...(helper ? { BINDSCOPE_HELPER_SOCKET: helper.socket } : {}),
      ...options.env,
    };
    delete env['WAYLAND_DISPLAY'];
    delete env['XAUTHORITY'];

    let executablePath = electronExecutable();
    let folder = root;
    if (user) {
      folder = await appFolderFor(user, playwrightParts);
      const executable = await executableFor(user, executablePath, { wholeFolder: true });
      await ensureSandbox(executable, user);
      const scratch = mkdtempSync(join(tmpdir(), 'bindscope-wrapper-'));
      undo.push(() => rmSync(scratch, { recursive: true, force: true }));
      executablePath = join(scratch, 'electron');
      writeUserWrapper({
        path: executablePath,
        user,
        executable,
        env,
        moved: { from: `${root}/`, to: `${folder}/` },
      });
    } else {
      await ensureSandbox(executablePath, null);
    }

    const app = await _electron.launch({
      executablePath,
      args: [folder, ...(options.args ?? [])],
      cwd: folder,
      env,
      chromiumSandbox: true,
      // The page's own, as a user sees it.
      colorScheme: null,
    });
    const { output, close } = watch(app);
    undo.push(close);
    const page = await app.firstWindow();
    await page.waitForLoadState('load');
    return { app, page, home, exportDir: home.exportDir, uid, helper, output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The one `npm test` chose, or that of the last set-up. */
function electronExecutable(): string {
  const executable = process.env['BINDSCOPE_ELECTRON'] ?? readyRuntime()?.executable;
  if (executable === undefined)
    throw new Error('There is no Electron yet: run `npm run setup -- --for-tests`');
  return executable;
}

function ownEnvironment(home: string): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: join(home, '.cache'),
  };
}

function watch(app: ElectronApplication): { output: () => string; close: () => Promise<void> } {
  const child = app.process();
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  }
  const close = async (): Promise<void> => {
    const timer = setTimeout(() => child.kill('SIGKILL'), closeTimeoutMs);
    // A test may have ended the app itself.
    await app.close().catch(() => undefined);
    clearTimeout(timer);
  };
  return { output: () => text, close };
}

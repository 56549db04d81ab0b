import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export const isRoot = process.getuid?.() === 0;

/** Everything that is built goes below these two, which git ignores. */
export const buildDir = join(root, 'build');
export const outDir = join(root, 'out');

export const logDir = join(buildDir, 'logs');
export const reportDir = join(buildDir, 'reports');
export const stampDir = join(buildDir, 'stamps');

/** What the native build makes (`native/CMakeLists.txt`). */
export const native = {
  buildDir: join(buildDir, 'native'),
  addon: join(buildDir, 'native', 'bindscope.node'),
  helper: join(buildDir, 'native', 'bindscope-helper'),
  coreTests: join(buildDir, 'native', 'core-tests'),
  helperTests: join(buildDir, 'native', 'helper-tests'),
  scenarios: join(buildDir, 'native', 'bindscope-scenarios'),
};

/** The C++ tests, and the helper that they start, with the sanitizers. */
export const sanitized = {
  buildDir: join(buildDir, 'sanitized'),
  coreTests: join(buildDir, 'sanitized', 'core-tests'),
  helperTests: join(buildDir, 'sanitized', 'helper-tests'),
};

/** The fuzz targets (`native/fuzz`), what they begin with, and what libFuzzer found worth keeping. */
export const fuzz = {
  buildDir: join(buildDir, 'fuzz'),
  programs: join(buildDir, 'fuzz', 'fuzz'),
  seeds: join(buildDir, 'fuzz', 'seeds'),
  corpus: join(buildDir, 'fuzz', 'corpus'),
  regressions: join(root, 'native', 'fuzz', 'regressions'),
  findings: join(root, 'artifacts', 'fuzz'),
};

/** What the build of the app makes (`electron.vite.config.ts`). */
export const app = {
  main: join(outDir, 'main', 'index.js'),
  engine: join(outDir, 'main', 'engine.js'),
  cli: join(outDir, 'main', 'cli.js'),
  preload: join(outDir, 'preload', 'index.cjs'),
  page: join(outDir, 'renderer', 'index.html'),
};

/**
 * Downloads and Electron runtimes, shared by all checkouts of a user. That of root is readable for
 * everybody, because the window of a session started as root runs as somebody else. BINDSCOPE_CACHE
 * names another place.
 */
export const cacheDir =
  process.env['BINDSCOPE_CACHE'] ||
  (isRoot
    ? '/var/cache/bindscope'
    : join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'bindscope'));

/** Logs and stamps of what is done to the system rather than to the checkout. */
export const systemLogDir = join(cacheDir, 'logs');
export const systemStampDir = join(cacheDir, 'stamps');

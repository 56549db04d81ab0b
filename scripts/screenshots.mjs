// `npm run screenshots`: makes the pictures of the README anew, from the real app.
import { join } from 'node:path';
import { setUpWithElectron } from './lib/bootstrap.mjs';
import { runMain } from './lib/failure.mjs';
import { foreground } from './lib/foreground.mjs';
import { root } from './lib/paths.mjs';

await runMain(async () => {
  const runtime = await setUpWithElectron({ forTests: true });
  return foreground(
    process.execPath,
    [
      join(root, 'node_modules/@playwright/test/cli.js'),
      'test',
      '--config',
      'e2e/readme/playwright.config.ts',
    ],
    { env: { ...process.env, BINDSCOPE_ELECTRON: runtime.executable }, cwd: root },
  );
});

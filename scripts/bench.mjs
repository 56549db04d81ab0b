// `npm run bench -- [NAME…]`: builds bench/*.bench.ts and runs them one after the other.
// `npm run bench -- NAME --OPTION…`: one of them, with options of its own.
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setUpWithElectron } from './lib/bootstrap.mjs';
import { Failure, runMain } from './lib/failure.mjs';
import { foreground } from './lib/foreground.mjs';
import { outDir, root } from './lib/paths.mjs';
import { filesBelow } from './lib/stamps.mjs';
import { bold, say } from './lib/terminal.mjs';

const suffix = '.bench.ts';

await runMain(async () => {
  const given = process.argv.slice(2);
  const firstOption = given.findIndex((word) => word.startsWith('-'));
  const wanted = firstOption < 0 ? given : given.slice(0, firstOption);
  const options = firstOption < 0 ? [] : given.slice(firstOption);
  const files = filesBelow('bench').filter((path) => path.endsWith(suffix));
  const names = files.map((path) => basename(path, suffix));
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Failure(`There is no bench "${unknown.join(', ')}"`, `Benches: ${names.join(', ')}`, 2);
  }
  if (options.length > 0 && wanted.length !== 1) {
    throw new Failure(
      `Options are for one bench: ${options.join(' ')}`,
      'Run: npm run bench -- NAME --OPTION…',
      2,
    );
  }
  const runtime = await setUpWithElectron({ forTests: true });
  const chosen = files.filter((path) => wanted.length === 0 || wanted.includes(basename(path, suffix)));
  const { build } = await import('vite');
  let worst = 0;
  for (const path of chosen) {
    const name = basename(path, suffix);
    const outFolder = join(outDir, 'bench');
    await build({
      configFile: false,
      root,
      logLevel: 'warn',
      build: {
        ssr: path,
        outDir: outFolder,
        emptyOutDir: false,
        target: 'node20',
        // Flat, so that what scripts/lib/paths.mjs makes of its own place stays right in the bundle.
        rolldownOptions: { output: { entryFileNames: `${name}.js`, chunkFileNames: '[name]-[hash].js' } },
      },
    });
    const built = join(outFolder, `${name}.js`);
    if (!existsSync(built)) throw new Failure(`Building ${path} made no ${built}`, 'See the lines above.');
    say(bold(`\n${name}`));
    const env = { ...process.env, BINDSCOPE_ELECTRON: runtime.executable };
    worst = Math.max(worst, await foreground(process.execPath, [built, ...options], { env, cwd: root }));
  }
  return worst;
});

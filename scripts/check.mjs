// `npm run check`: formatting, lint, types, import rules. All of them run, whatever fails.
import { setUpNodeModules } from './lib/bootstrap.mjs';
import { runChecks } from './lib/checks.mjs';
import { runMain } from './lib/failure.mjs';

await runMain(async () => {
  await setUpNodeModules();
  const failed = (await runChecks()).filter(({ passed }) => !passed);
  process.stdout.write(
    failed.length === 0 ? 'All checks passed\n' : `Failed: ${failed.map(({ name }) => name).join(', ')}\n`,
  );
  return failed.length === 0 ? 0 : 1;
});

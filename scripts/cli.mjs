// `npm run --silent cli -- COMMAND`: the command line on the same engine. Stdout is its alone.
import { setUp } from './lib/bootstrap.mjs';
import { runCommandLine } from './lib/command-line.mjs';
import { runMain } from './lib/failure.mjs';

await runMain(async () => {
  await setUp();
  // npm changes to the checkout; paths in arguments are meant from where the user is.
  const { INIT_CWD, npm_lifecycle_event: script } = process.env;
  if (INIT_CWD && script === 'cli') process.chdir(INIT_CWD);
  return runCommandLine(process.argv.slice(2));
});

// `npm run setup`: everything `npm start` does before it opens the app.
import { build, setUpWithElectron } from './lib/bootstrap.mjs';
import { runMain } from './lib/failure.mjs';
import { note } from './lib/terminal.mjs';

const usage = `npm run setup -- [options]

Installs what is missing, builds, and gets an Electron. Steps whose inputs did not change are skipped.

  --for-tests       system packages of the tests too
  --for-kernels     what \`npm run test:kernels\` needs too
  --sanitized       the C++ tests with sanitizers too
  --fuzz-targets    what \`npm run fuzz\` needs too
  --retry-electron  try the official Electron download even if it failed in the last 24 hours
  --build-only      only what is written into the checkout: npm packages, native build, bundle
  --without-app     no bundle
  --help            this text
`;

await runMain(async () => {
  const options = new Set(process.argv.slice(2));
  if (options.has('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  const known = [
    ...['--for-tests', '--for-kernels', '--sanitized', '--fuzz-targets'],
    ...['--retry-electron', '--build-only', '--without-app'],
  ];
  const unknown = [...options].filter((option) => !known.includes(option));
  if (unknown.length > 0) {
    process.stderr.write(`bindscope: unknown option ${unknown.join(' ')}\n\n${usage}`);
    return 2;
  }
  const wish = {
    withoutApp: options.has('--without-app'),
    forKernels: options.has('--for-kernels'),
    sanitized: options.has('--sanitized'),
    fuzzTargets: options.has('--fuzz-targets'),
  };
  if (options.has('--build-only')) {
    await build(wish);
    return 0;
  }
  const runtime = await setUpWithElectron({
    forTests: options.has('--for-tests'),
    retryElectron: options.has('--retry-electron'),
    ...wish,
  });
  note(runtime.why);
  return 0;
});

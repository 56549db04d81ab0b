import packageJson from '../package.json' with { type: 'json' };
import { loadAddon } from '../native/index.js';
import { createKernelSource } from '../native/kernel-source.js';
import { nativePaths } from '../native/paths.js';
import { CommandFailure, FAILURE } from './failure.js';
import { Output } from './output.js';
import { runProgram } from './program.js';
import { paintFor } from './terminal-text.js';

const output = new Output(process.stdout, process.stderr);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stop.abort();
  });
}

const openSource = (ringBytes?: number): ReturnType<typeof createKernelSource> => {
  const { addon: path, helper } = nativePaths(import.meta.url);
  let addon;
  try {
    addon = loadAddon(path);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new CommandFailure(
      FAILURE,
      `The native addon cannot be loaded: ${reason}. Build it: npm run setup`,
    );
  }
  return createKernelSource({
    addon,
    helperPath: helper,
    ...(ringBytes === undefined ? {} : { ringBytes: () => ringBytes }),
  });
};

// The launcher reads the exit code once this module has run.
process.exitCode = await runProgram(process.argv.slice(2), {
  version: packageJson.version,
  openSource,
  output,
  environment: process.env,
  paint: paintFor(process.stdout, process.env),
  signal: stop.signal,
});

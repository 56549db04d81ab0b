import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute paths of what the native build makes. */
export interface NativePaths {
  readonly addon: string;
  readonly helper: string;
}

const addonName = 'bindscope.node';
const helperName = 'bindscope-helper';

/**
 * Finds the native parts for a module, given as its `import.meta.url`: in the folder named by
 * `BINDSCOPE_NATIVE_DIR`, else in `build/native` of the nearest folder above the module that has a
 * `package.json` (the checkout, both for its sources and for the bundles in `out/main`). The files
 * themselves may be missing; loading says so.
 */
export const nativePaths = (
  moduleUrl: string,
  env: Readonly<Partial<Record<string, string>>> = process.env,
): NativePaths => {
  const folder = env['BINDSCOPE_NATIVE_DIR'] ?? join(packageFolder(moduleUrl), 'build', 'native');
  return { addon: resolve(folder, addonName), helper: resolve(folder, helperName) };
};

const packageFolder = (moduleUrl: string): string => {
  const start = dirname(fileURLToPath(moduleUrl));
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) {
      throw new Error(
        `no package.json in or above ${start}: set BINDSCOPE_NATIVE_DIR to the folder that holds ${addonName}`,
      );
    }
  }
};

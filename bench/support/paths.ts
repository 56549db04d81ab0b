import { join } from 'node:path';
import { nativePaths } from '../../native/paths.js';

const native = nativePaths(import.meta.url);

export const addonPath = native.addon;
export const helperPath = native.helper;
/** The load of native/bench, built beside the addon. */
export const loadPath = join(native.addon, '..', 'bench', 'bindscope-load');
/** Times system calls with and without the programs; static, where the libraries for it are installed. */
export const overheadPath = join(native.addon, '..', 'bench', 'bindscope-overhead');

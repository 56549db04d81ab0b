import { join } from 'node:path';
import { nativePaths } from '../../native/paths.js';

const native = nativePaths(import.meta.url);

export const addonPath = native.addon;
export const helperPath = native.helper;
/** The load of native/bench, built beside the addon. */
export const loadPath = join(native.addon, '..', 'bench', 'bindscope-load');

import { join } from 'node:path';

// Bundled to out/main/, beside out/preload/ and out/renderer/.
const out = join(import.meta.dirname, '..');

export const engineEntry = join(import.meta.dirname, 'engine.js');
export const preloadEntry = join(out, 'preload', 'index.cjs');
export const rendererRoot = join(out, 'renderer');
export const iconFile = join(out, '..', 'resources', 'icons', '256x256.png');

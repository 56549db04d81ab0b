import type { WindowApi } from '../../contract/index.js';

declare global {
  interface Window {
    /** Put there by the preload script. */
    readonly bindscope: WindowApi;
  }
}

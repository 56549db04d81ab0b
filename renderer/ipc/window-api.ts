import type { WindowApi } from '../../contract/index.js';

declare global {
  interface Window {
    /** Put there by the preload script; absent only when the page is opened outside the app. */
    readonly bindscope?: WindowApi;
  }
}

/** The main process, as the preload script shows it to us. Throws outside the app. */
export const windowApi = (): WindowApi => {
  if (window.bindscope === undefined) {
    throw new Error('The window has no link to the app: open it through Bindscope, not in a browser.');
  }
  return window.bindscope;
};

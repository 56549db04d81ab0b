import { pathToFileURL } from 'node:url';
import { net, protocol } from 'electron';
import { fileOf } from './page-file.js';

/**
 * The window's page is served from a scheme of its own, so that it has a real origin (file: has
 * none) and can reach nothing but the built renderer.
 */
const scheme = 'bindscope';
const builtPage = `${scheme}://app/index.html`;

/** The development server of `npm run dev`, else the built page. */
export const pageUrl = process.env['ELECTRON_RENDERER_URL'] ?? builtPage;

/** Whether a frame's address is our page: the only sender whose messages are read. */
export const isOurPage = (url: string): boolean => {
  try {
    const { protocol: scheme, host } = new URL(url);
    const ours = new URL(pageUrl);
    return scheme === ours.protocol && host === ours.host;
  } catch {
    return false;
  }
};

/** Must run before the app is ready. */
export const registerScheme = (): void => {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
};

/** Must run once the app is ready. */
export const servePage = (root: string): void => {
  protocol.handle(scheme, (request) => {
    const file = fileOf(root, request.url);
    return file === null
      ? new Response('not found', { status: 404 })
      : net.fetch(pathToFileURL(file).toString());
  });
};

import { join } from 'node:path';
import { app, BrowserWindow, screen, session, shell } from 'electron';
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from './json-file.js';
import { isOurPage, pageUrl } from './page.js';
import { iconFile, preloadEntry } from './paths.js';

const Bounds = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().min(200),
  height: z.int().min(200),
  maximized: z.boolean(),
});
type Bounds = z.infer<typeof Bounds>;

const boundsFile = (): string => join(app.getPath('userData'), 'window.json');

/** The remembered place and size; without the place where its screen is gone. */
const restoredBounds = (): Bounds | Omit<Bounds, 'x' | 'y'> => {
  const saved = readJsonFile(boundsFile(), Bounds).value;
  if (saved === null) return { width: 1440, height: 900, maximized: false };
  const { x, y, ...size } = saved;
  const visible = screen
    .getAllDisplays()
    .some(
      ({ workArea: area }) =>
        x >= area.x - 8 && y >= area.y - 8 && x < area.x + area.width - 100 && y < area.y + area.height - 50,
    );
  return visible ? saved : size;
};

const rememberBounds = (window: BrowserWindow): void => {
  const bounds: Bounds = { ...window.getNormalBounds(), maximized: window.isMaximized() };
  try {
    writeJsonFile(boundsFile(), bounds);
  } catch {
    // A window that opens at its default place is no reason to keep the user from quitting.
  }
};

/** Nothing in the window asks for a permission (camera, notifications …); every request is denied. */
export const denyPermissions = (): void => {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => {
    answer(false);
  });
  session.defaultSession.setPermissionCheckHandler(() => false);
};

/** `onLoaded` runs each time the page has loaded, also after a reload. */
export const openWindow = (onLoaded: (window: BrowserWindow) => void): BrowserWindow => {
  const { maximized, ...bounds } = restoredBounds();
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 960,
    minHeight: 600,
    show: false,
    title: 'Bindscope',
    icon: iconFile,
    backgroundColor: '#0f1216',
    autoHideMenuBar: true,
    webPreferences: {
      preload: preloadEntry,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  if (maximized) window.maximize();

  const { webContents } = window;
  webContents.setWindowOpenHandler(({ url }) => {
    if (url.startsWith('https://')) void shell.openExternal(url);
    return { action: 'deny' };
  });
  webContents.on('will-navigate', (event) => {
    if (!isOurPage(event.url)) event.preventDefault();
  });
  webContents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
  webContents.on('did-finish-load', () => {
    onLoaded(window);
  });
  window.once('ready-to-show', () => {
    window.show();
  });
  window.on('close', () => {
    rememberBounds(window);
  });

  void window.loadURL(pageUrl);
  return window;
};

import { BrowserWindow, Menu, type MenuItemConstructorOptions } from 'electron';
import type { NotifyPayload } from '../../contract/index.js';
import { notify } from './ipc/handle.js';

const send = (command: NotifyPayload<'command'>) => (): void => {
  const window = BrowserWindow.getFocusedWindow();
  if (window !== null) notify(window.webContents, 'command', command);
};

/** Hidden until Alt is pressed. Shortcuts belong to the window itself; the menu only shows them. */
export const installMenu = (development: boolean): void => {
  const item = (
    label: string,
    accelerator: string,
    command: NotifyPayload<'command'>,
  ): MenuItemConstructorOptions => ({
    label,
    accelerator,
    registerAccelerator: false,
    click: send(command),
  });
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      {
        label: '&File',
        submenu: [
          item('Export events…', 'Ctrl+E', 'export'),
          item('Import or export a configuration…', 'Ctrl+I', 'import-configuration'),
          item('Open a recording…', 'Ctrl+O', 'open-replay'),
          { type: 'separator' },
          { role: 'quit' },
        ],
      },
      { role: 'editMenu' },
      {
        label: '&Watch',
        submenu: [
          item('Record or pause', 'Ctrl+R', 'toggle-recording'),
          item('Add criterion', 'Ctrl+N', 'add-criterion'),
          item('Filter', 'Ctrl+K', 'focus-filter'),
        ],
      },
      {
        label: '&View',
        submenu: [
          item('Fit the whole log', 'F', 'fit'),
          item('Follow now', 'Home', 'follow'),
          { type: 'separator' },
          { role: 'resetZoom' },
          { role: 'zoomIn' },
          { role: 'zoomOut' },
          { role: 'togglefullscreen' },
          ...(development ? ([{ role: 'toggleDevTools' }] as const) : []),
        ],
      },
    ]),
  );
};

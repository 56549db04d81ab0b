import { join } from 'node:path';
import { app, BrowserWindow, nativeTheme } from 'electron';
import type { NotifyChannel, NotifyPayload } from '../../contract/index.js';
import { EngineHost } from './engine-host.js';
import { handleAll, notify } from './ipc/handle.js';
import { makeHandlers } from './ipc/handlers.js';
import { log } from './log.js';
import { installMenu } from './menu.js';
import { pageUrl, registerScheme, servePage } from './page.js';
import { engineEntry, rendererRoot } from './paths.js';
import { SettingsStore } from './settings-store.js';
import { denyPermissions, openWindow } from './window.js';

app.setName('Bindscope');
app.setPath('userData', join(app.getPath('appData'), 'bindscope'));
app.enableSandbox();
registerScheme();

const run = (): void => {
  const settings = new SettingsStore(join(app.getPath('userData'), 'settings.json'));
  if (settings.problem !== null) log('warn', settings.problem);
  nativeTheme.themeSource = settings.current.theme;

  let engineState: NotifyPayload<'engine:state'> = { state: 'starting', message: null };
  const notifyAll = <C extends NotifyChannel>(channel: C, payload: NotifyPayload<C>): void => {
    for (const { webContents } of BrowserWindow.getAllWindows()) notify(webContents, channel, payload);
  };

  const engine = new EngineHost({
    entry: engineEntry,
    settings: () => settings.current,
    onState: (state, message) => {
      engineState = { state, message };
      notifyAll('engine:state', engineState);
    },
    onDeclined: () => {
      settings.update({ askForFullView: false });
    },
    onReplayFailed: (path, message) => {
      notifyAll('replay:failed', { path, message });
    },
    onReplayNotes: (notes) => {
      notifyAll('replay:notes', notes);
    },
    log,
  });

  settings.onChange((next) => {
    nativeTheme.themeSource = next.theme;
    engine.configure(next);
    notifyAll('settings:changed', next);
  });

  servePage(rendererRoot);
  denyPermissions();
  installMenu(!pageUrl.startsWith('bindscope:'));
  handleAll(makeHandlers(settings, engine), (message) => {
    log('warn', message);
  });
  engine.start();

  openWindow(({ webContents }) => {
    notify(webContents, 'engine:state', engineState);
    engine.connect(webContents);
  });
  app.on('second-instance', () => {
    const [window] = BrowserWindow.getAllWindows();
    if (window?.isMinimized() === true) window.restore();
    window?.focus();
  });
  app.on('window-all-closed', () => {
    app.quit();
  });
  app.on('will-quit', () => {
    engine.stop();
  });
};

// One window a user: a second start brings the first to the front.
if (app.requestSingleInstanceLock()) {
  void app.whenReady().then(run);
} else {
  log('info', 'Bindscope is open already; its window was brought to the front.');
  app.quit();
}

import { homedir } from 'node:os';
import { join } from 'node:path';
import { app, BrowserWindow, clipboard, dialog, shell } from 'electron';
import type { ExportFormat } from '../../../contract/index.js';
import type { EngineHost } from '../engine-host.js';
import type { SettingsStore } from '../settings-store.js';
import { notify, type Handlers } from './handle.js';

const filters: Record<ExportFormat, { name: string; extensions: string[] }> = {
  ndjson: { name: 'NDJSON, one event a line', extensions: ['ndjson'] },
  csv: { name: 'CSV table', extensions: ['csv'] },
};

const suggestedName = (format: ExportFormat): string => {
  const stamp = new Date().toISOString().slice(0, 16).replace('T', '-').replace(':', '');
  return `bindscope-${stamp}.${format}`;
};

export const makeHandlers = (settings: SettingsStore, engine: EngineHost): Handlers => {
  const exportedTo = new Map<number, string>();
  let folder = homedir();

  return {
    'settings:get': () => settings.current,
    'settings:update': (patch) => settings.update(patch),
    'full-view:ask': () => {
      engine.askForFullView();
    },
    'export:start': async (request, sender) => {
      const window = BrowserWindow.fromWebContents(sender);
      if (window === null) return null;
      const { canceled, filePath } = await dialog.showSaveDialog(window, {
        title: 'Export the event log',
        defaultPath: join(folder, suggestedName(request.format)),
        filters: [filters[request.format]],
        properties: ['showOverwriteConfirmation', 'createDirectory'],
      });
      if (canceled || filePath === '') return null;
      folder = join(filePath, '..');
      const id = engine.export(filePath, request, (progress) => {
        notify(sender, 'export:progress', { id, progress });
      });
      exportedTo.set(id, filePath);
      return { id, path: filePath };
    },
    'export:cancel': ({ id }) => {
      engine.cancelExport(id);
    },
    'export:reveal': ({ id }) => {
      const path = exportedTo.get(id);
      if (path !== undefined) shell.showItemInFolder(path);
    },
    'clipboard:write': async (text) => {
      await clipboard.writeText(text);
    },
    'app:info': () => ({
      version: app.getVersion(),
      electron: process.versions.electron,
      chrome: process.versions.chrome,
    }),
  };
};

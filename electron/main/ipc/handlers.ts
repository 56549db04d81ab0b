import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { app, BrowserWindow, clipboard, dialog, shell } from 'electron';
import type { ConfigurationForm, ExportFormat } from '../../../contract/index.js';
import { readConfigurationFile, writeConfigurationFile } from '../configuration-files.js';
import type { EngineHost } from '../engine-host.js';
import type { SettingsStore } from '../settings-store.js';
import { notify, type Handlers } from './handle.js';

const filters: Record<ExportFormat, { name: string; extensions: string[] }> = {
  ndjson: { name: 'NDJSON, one event a line', extensions: ['ndjson'] },
  csv: { name: 'CSV table', extensions: ['csv'] },
};

const configurationFiles: Record<ConfigurationForm, { name: string; extensions: string[]; file: string }> = {
  beyla: { name: 'Beyla configuration', extensions: ['yml', 'yaml'], file: 'beyla-config.yml' },
  obi: { name: 'OBI configuration', extensions: ['yml', 'yaml'], file: 'obi-config.yml' },
  env: { name: 'Environment file', extensions: ['env'], file: 'beyla.env' },
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
      folder = dirname(filePath);
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
    'configuration:open': async (_request, sender) => {
      const window = BrowserWindow.fromWebContents(sender);
      if (window === null) return null;
      const { canceled, filePaths } = await dialog.showOpenDialog(window, {
        title: 'Import a configuration',
        defaultPath: folder,
        filters: [
          { name: 'Configurations', extensions: ['yml', 'yaml'] },
          { name: 'All files', extensions: ['*'] },
        ],
        properties: ['openFile'],
      });
      const [path] = filePaths;
      if (canceled || path === undefined) return null;
      folder = dirname(path);
      return readConfigurationFile(path);
    },
    'configuration:save': async ({ form, text }, sender) => {
      const window = BrowserWindow.fromWebContents(sender);
      if (window === null) return null;
      const { file, ...filter } = configurationFiles[form];
      const { canceled, filePath } = await dialog.showSaveDialog(window, {
        title: 'Save the configuration',
        defaultPath: join(folder, file),
        filters: [filter],
        properties: ['showOverwriteConfirmation', 'createDirectory'],
      });
      if (canceled || filePath === '') return null;
      folder = dirname(filePath);
      writeConfigurationFile(filePath, text);
      return { path: filePath };
    },
    'replay:open': async (_request, sender) => {
      const window = BrowserWindow.fromWebContents(sender);
      if (window === null) return false;
      const { canceled, filePaths } = await dialog.showOpenDialog(window, {
        title: 'Open a recording or scenario',
        defaultPath: folder,
        filters: [
          { name: 'Recordings and scenarios', extensions: ['ndjson', 'jsonl'] },
          { name: 'All files', extensions: ['*'] },
        ],
        properties: ['openFile'],
      });
      const [path] = filePaths;
      if (canceled || path === undefined) return false;
      folder = dirname(path);
      engine.openReplay(path);
      return true;
    },
    'replay:close': () => {
      engine.closeReplay();
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

import { defaultSettings, Settings, type SettingsPatch } from '../../contract/index.js';
import { readJsonFile, writeJsonFile } from './json-file.js';
import { SettingsFile } from './settings-migrations.js';

type Listener = (settings: Settings) => void;

/** The one owner of the user's settings; everything else is told of changes. */
export class SettingsStore {
  readonly #file: string;
  readonly #listeners = new Set<Listener>();
  #current: Settings;
  /** What went wrong when the file was read, in words; null when all was well. */
  readonly problem: string | null;

  constructor(file: string) {
    this.#file = file;
    const read = readJsonFile(file, SettingsFile);
    this.#current = read.value ?? defaultSettings;
    this.problem =
      read.problem === null
        ? null
        : `Settings could not be read (${read.problem}). Defaults are in force${
            read.setAside === null ? '' : `; your file was kept as ${read.setAside}`
          }.`;
  }

  get current(): Settings {
    return this.#current;
  }

  /** Applies and saves a change. Throws when it cannot be saved; then nothing has changed. */
  update(patch: SettingsPatch): Settings {
    const next = Settings.parse({ ...this.#current, ...patch });
    writeJsonFile(this.#file, next);
    this.#current = next;
    for (const listener of this.#listeners) listener(next);
    return next;
  }

  onChange(listener: Listener): void {
    this.#listeners.add(listener);
  }
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { defaultSettings, type Criterion, type CriterionId } from '../../contract/index.js';
import { SettingsStore } from './settings-store.js';

const web: Criterion = {
  id: 'web' as CriterionId,
  name: 'web',
  enabled: true,
  openPorts: '8000-8999',
  executable: null,
};
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bindscope-settings-'));
  file = join(folder, 'settings.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('criteria survive a restart', () => {
  new SettingsStore(file).update({ criteria: [web] });
  expect(new SettingsStore(file).current.criteria).toEqual([web]);
});

it('an invalid change is refused and neither saved nor in force', () => {
  const store = new SettingsStore(file);
  store.update({ criteria: [web] });
  expect(() => store.update({ criteria: [{ ...web, openPorts: '70000' }] })).toThrow(/65535/);
  expect(store.current.criteria).toEqual([web]);
  expect(new SettingsStore(file).current.criteria).toEqual([web]);
});

it('listeners hear of a change once it is saved', () => {
  const store = new SettingsStore(file);
  const saved: string[] = [];
  store.onChange(({ theme }) => {
    saved.push(theme, (JSON.parse(readFileSync(file, 'utf8')) as { theme: string }).theme);
  });
  store.update({ theme: 'dark' });
  expect(saved).toEqual(['dark', 'dark']);
});

it('a damaged file is kept, named, and replaced by defaults', () => {
  writeFileSync(file, 'not json');
  const store = new SettingsStore(file);
  expect(store.current).toEqual(defaultSettings);
  expect(store.problem).toContain('your file was kept as');
});

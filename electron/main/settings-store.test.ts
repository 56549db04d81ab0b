import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings, noSelectors, type Criterion, type CriterionId } from '../../contract/index.js';
import { SettingsStore } from './settings-store.js';

const web: Criterion = {
  id: 'web' as CriterionId,
  name: 'web',
  namespace: null,
  enabled: true,
  exclude: false,
  selectors: { ...noSelectors, openPorts: '8000-8999' },
  kept: {},
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
  expect(() =>
    store.update({ criteria: [{ ...web, selectors: { ...noSelectors, openPorts: '70000' } }] }),
  ).toThrow(/65535/);
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

it('a file of version 2 is read with nothing of it lost, and the ring buffer that every helper had', () => {
  const { ringBytes, ...old } = { ...defaultSettings, criteria: [web], theme: 'dark', version: 2 };
  writeFileSync(file, JSON.stringify(old));
  const store = new SettingsStore(file);
  expect(store.problem).toBeNull();
  expect(store.current).toEqual({ ...old, version: 3, ringBytes });
});

it('a ring buffer of a size that there is not is refused, with what there is', () => {
  const store = new SettingsStore(file);
  store.update({ ringBytes: 1 << 24 });
  expect(() => store.update({ ringBytes: 12 << 20 })).toThrow(/power of two of bytes, from 64K to 1G/);
  expect(new SettingsStore(file).current.ringBytes).toBe(1 << 24);
});

describe('a file of version 1', () => {
  const old = {
    version: 1,
    criteria: [
      { id: 'web', name: 'web', enabled: true, openPorts: '8000-8999', executable: null },
      { id: 'pg', name: 'databases', enabled: false, openPorts: '5432', executable: 'postgres$' },
    ],
    pollIntervalMs: 1000,
    redactSecrets: false,
    theme: 'light',
    showOwnProcesses: true,
    askForFullView: false,
  };
  const write = (content: object): void => {
    writeFileSync(file, JSON.stringify(content));
  };

  it('is read with nothing of it lost, its pattern as a regular expression', () => {
    write(old);
    const store = new SettingsStore(file);
    expect(store.problem).toBeNull();
    expect(store.current).toEqual({
      version: 3,
      criteria: [
        web,
        {
          ...web,
          id: 'pg',
          name: 'databases',
          enabled: false,
          selectors: {
            ...noSelectors,
            openPorts: '5432',
            executable: { syntax: 'regex', text: 'postgres$' },
          },
        },
      ],
      pollIntervalMs: 1000,
      countPortsAsBeyla: false,
      keptConfiguration: null,
      redactSecrets: false,
      theme: 'light',
      showOwnProcesses: true,
      askForFullView: false,
      ringBytes: 8 << 20,
    });
  });

  it('is written as the version of now by the next change', () => {
    write(old);
    new SettingsStore(file).update({ theme: 'dark' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version: 3, theme: 'dark' });
    expect(new SettingsStore(file).current.criteria.map(({ id }) => id)).toEqual(['web', 'pg']);
  });

  it('is set aside where it is damaged, and the place of the damage is named', () => {
    write({ ...old, criteria: [{ id: 'web', name: 'web', enabled: true, openPorts: 80 }] });
    const store = new SettingsStore(file);
    expect(store.current).toEqual(defaultSettings);
    expect(store.problem).toContain('criteria.0.openPorts');
    expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toHaveLength(1);
  });
});

it.each([0, 4, 'two', null])('a file of the unknown version %s is set aside', (version) => {
  writeFileSync(file, JSON.stringify({ ...defaultSettings, version }));
  const store = new SettingsStore(file);
  expect(store.current).toEqual(defaultSettings);
  expect(store.problem).toContain('version');
  expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toHaveLength(1);
});

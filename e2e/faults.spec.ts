import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { isRoot } from '../scripts/lib/paths.mjs';
import { launch, type Launched } from './support/launch.js';
import { startListener } from './support/listener.js';
import {
  addCriterion,
  answerSaveDialog,
  filter,
  lane,
  screenshot,
  startExport,
  watching,
} from './support/window.js';

const lostRows = (page: Page, words: RegExp): ReturnType<Page['getByTestId']> =>
  page.getByTestId('events-row').filter({ hasText: 'watcher.lost' }).filter({ hasText: words });

test.describe('with the helper', () => {
  let launched: Launched;
  test.beforeAll(async () => {
    launched = await launch();
    test.skip(launched.helper === null, 'needs root or sudo for the privileged helper');
    await watching(launched.page, 'full');
    await launched.page.getByRole('tab', { name: 'Events' }).click();
    await filter(launched.page, 'watcher');
  });
  test.afterAll(async () => {
    await (launched as Launched | undefined)?.stop();
  });

  test('a killed helper is replaced, the gap is an event, and what came meanwhile is found', async () => {
    const { page, helper } = launched;
    const serving = helper?.servingPids() ?? [];
    expect(serving.length).toBe(1);
    for (const pid of serving) process.kill(pid, 'SIGKILL');
    await expect
      .poll(() => (helper?.servingPids() ?? []).filter((pid) => !serving.includes(pid)).length)
      .toBe(1);
    await watching(page, 'full');
    await expect(lostRows(page, /helper/i)).toHaveCount(1);
    await filter(page, '18701');
    const listener = await startListener('tcp:18701');
    await expect(lane(page, listener.pid)).toBeVisible();
    await listener.end();
  });

  test('a killed engine is replaced, and the gap is an event', async () => {
    const { app, page } = launched;
    await filter(page, '18702');
    const before = await startListener('tcp:18702');
    await expect(lane(page, before.pid)).toBeVisible();
    const pid = await app.evaluate(
      ({ app }) => app.getAppMetrics().find(({ name }) => name === 'Bindscope Engine')?.pid,
    );
    expect(pid).toBeDefined();
    process.kill(pid ?? -1, 'SIGKILL');
    await filter(page, 'watcher');
    await expect(lostRows(page, /engine/i)).toHaveCount(1, { timeout: 20_000 });
    await filter(page, '18702');
    await watching(page, 'full');
    await expect(lane(page, before.pid)).toBeVisible();
    await before.end();
  });

  test('an export to a folder that is not writable says so and leaves nothing', async () => {
    test.skip(!isRoot, 'needs root to make a folder of another user');
    const { page, home } = launched;
    const folder = join(home.dir, 'read-only');
    mkdirSync(folder, { mode: 0o755 });
    await answerSaveDialog(launched, join(folder, 'log.ndjson'));
    await startExport(page, 'NDJSON', /^all/i);
    await expect(page.getByTestId('export-failed')).toBeVisible();
    await expect(page.getByTestId('export-popover')).toContainText(/permission|not allowed|may not/i);
    expect(readdirSync(folder)).toEqual([]);
    await screenshot(page, 'export-failed');
    await page.getByTestId('export-popover').getByRole('button', { name: /again/i }).click();
    await page.keyboard.press('Escape');
  });

  test('an export to a full disk says so and leaves no half file', async () => {
    test.skip(!isRoot, 'needs root to mount a small file system');
    const { page, home } = launched;
    const folder = join(home.dir, 'full');
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k,mode=777', 'full', folder]);
    try {
      chmodSync(folder, 0o777);
      await answerSaveDialog(launched, join(folder, 'log.ndjson'));
      await startExport(page, 'NDJSON', /^all/i);
      await expect(page.getByTestId('export-failed')).toBeVisible();
      await expect(page.getByTestId('export-popover')).toContainText(/full|space/i);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      execFileSync('umount', [folder]);
    }
    await page.getByTestId('export-popover').getByRole('button', { name: /again/i }).click();
    await page.keyboard.press('Escape');
  });
});

test.describe('without the helper', () => {
  let launched: Launched;
  test.beforeAll(async () => {
    launched = await launch({ helper: false });
  });
  test.afterAll(async () => {
    await (launched as Launched | undefined)?.stop();
  });

  test('limited mode says what is missing, and still shows what binds', async () => {
    const { page } = launched;
    await watching(page, 'limited');
    await expect(page.getByTestId('banner-limited')).toContainText(/limited/i);
    await filter(page, '18777');
    const listener = await startListener('tcp:18777');
    await expect(page.getByTestId('ports-row').filter({ hasText: '18777' })).toHaveCount(1);
    await screenshot(page, 'limited');
    await listener.end();
  });

  test('a message of the wrong shape is refused and logged', async () => {
    const { page } = launched;
    await addCriterion(page, { name: 'stays', ports: '80' });
    const refused = await page.evaluate(async () => {
      const tries: [string, unknown][] = [
        [
          'settings:update',
          { criteria: [{ id: 'x', name: '', enabled: true, openPorts: '70000', executable: null }] },
        ],
        ['settings:update', { theme: 'pink' }],
        ['export:start', { format: 'exe' }],
        ['export:cancel', null],
      ];
      const send = window.bindscope.invoke as (channel: string, request: unknown) => Promise<unknown>;
      const answers = await Promise.allSettled(tries.map(([channel, request]) => send(channel, request)));
      return answers.map(({ status }) => status);
    });
    expect(refused).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
    await expect.poll(() => launched.output()).toMatch(/refused settings:update: criteria\.0\.name/);
    const unknown = await page.evaluate(() =>
      (window.bindscope.invoke as (channel: string) => Promise<unknown>)('fs:read').then(
        () => 'answered',
        () => 'rejected',
      ),
    );
    expect(unknown).toBe('rejected');
    const { criteria } = await page.evaluate(() => window.bindscope.invoke('settings:get', undefined));
    expect(criteria.map(({ name }) => name)).toEqual(['stays']);
  });

  test('the page can neither navigate away nor open windows', async () => {
    const { app, page } = launched;
    const address = page.url();
    await page.evaluate(() => {
      window.open('http://127.0.0.1:9/');
      location.href = 'http://127.0.0.1:9/';
    });
    await page.waitForTimeout(300);
    expect(page.url()).toBe(address);
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });
});

import { spawn, type ChildProcess } from 'node:child_process';
import { chownSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from '@playwright/test';
import { isRoot, root } from '../../scripts/lib/paths.mjs';
import { launch } from '../support/launch.js';
import { startListener, type Listener } from '../support/listener.js';
import { addCriterion, answerOpenDialog, fillCriterion, lane, watching } from '../support/window.js';

const screen = { width: 1440, height: 900 };
/** Of the window with few lanes in it. */
const replayed = { width: 1280, height: 720 };

const image = (name: string): string => join(root, 'docs', 'images', `${name}.png`);

const serveFiles = (port: number): ChildProcess =>
  spawn('/usr/bin/python3', ['-m', 'http.server', String(port), '--bind', '127.0.0.1'], { stdio: 'ignore' });

/** Real servers come and go for most of a minute; then the window is pictured in both themes. */
test('the window with a minute of history', async () => {
  const launched = await launch({ screen });
  const { app, page } = launched;
  const running: (Listener | ChildProcess)[] = [];
  try {
    await app.evaluate(({ BrowserWindow }, { width, height }) => {
      BrowserWindow.getAllWindows()[0]?.setBounds({ x: 0, y: 0, width, height });
    }, screen);
    await watching(page, 'full');
    await addCriterion(page, { name: 'web', ports: '8000-8999, 5173' });
    await addCriterion(page, { name: 'name service', ports: '53, 5353' });
    await addCriterion(page, { name: 'debuggers', ports: '9229', executable: 'node$' });

    const web = serveFiles(8000);
    running.push(web);
    await sleep(5000);
    running.push(await startListener('tcp:8080', 'tcp:8443'));
    await sleep(4000);
    const short = await startListener('tcp:5173');
    running.push(await startListener('udp:5353', 'udp6:5353'));
    await sleep(7000);
    await short.end();
    running.push(await startListener('tcp:9229', 'tcp6:9229'));
    await sleep(3000);
    running.push(await startListener('tcp:8080'));
    await sleep(3000);
    const again = await startListener('tcp:5173', 'tcp:5174');
    await sleep(8000);
    await again.end();
    running.push(serveFiles(8765));
    await sleep(9000);

    await lane(page, web.pid ?? 0)
      .getByRole('button')
      .first()
      .click();
    await page.mouse.move(screen.width / 2, 4);
    for (const theme of ['light', 'dark'] as const) {
      await page.evaluate((value) => window.bindscope.invoke('settings:update', { theme: value }), theme);
      await sleep(1000);
      await page.screenshot({ path: image(`window-${theme}`) });
    }

    // The same process, kept out by an exclusion: why, condition by condition.
    await addCriterion(page, { name: 'node', executable: '/node$' });
    await page.getByTestId('add-criterion').click();
    await page.getByRole('radio', { name: 'Exclude' }).click();
    await fillCriterion(page, { name: 'plain file servers', executable: 'python3' });
    await page.getByTestId('criterion-save').click();
    await lane(page, web.pid ?? 0)
      .getByRole('button')
      .first()
      .click();
    for (const name of ['web', 'debuggers']) {
      await page.locator(`[data-testid="evaluation"][data-criterion="${name}"]`).getByRole('button').click();
    }
    await page.mouse.move(screen.width / 2, 4);
    await sleep(1000);
    await page.getByTestId('details').screenshot({ path: image('explain') });
  } finally {
    for (const each of running) {
      if ('end' in each) await each.end();
      else each.kill();
    }
    await launched.stop();
  }
});

/** A scenario that everybody has, in the middle of it. */
test('a replay', async () => {
  const launched = await launch({ screen });
  const { app, page, home, uid } = launched;
  try {
    await app.evaluate(({ BrowserWindow }, { width, height }) => {
      BrowserWindow.getAllWindows()[0]?.setBounds({ x: 0, y: 0, width, height });
    }, replayed);
    await page.evaluate(() => window.bindscope.invoke('settings:update', { theme: 'dark' }));
    await addCriterion(page, { name: 'web', ports: '8080' });
    const path = join(home.dir, 'beyla-open-port.ndjson');
    copyFileSync(join(root, 'docs', 'examples', 'beyla-open-port.ndjson'), path);
    if (isRoot) chownSync(path, uid, uid);
    await answerOpenDialog(launched, path);
    await page.keyboard.press('Control+o');
    await page.getByTestId('replay-slider').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await page
      .locator('[data-testid="timeline-lane"][data-criterion="web"]')
      .last()
      .getByRole('button')
      .first()
      .click();
    await page.mouse.move(replayed.width / 2, 4);
    await sleep(1500);
    await page.screenshot({ path: image('replay') });
  } finally {
    await launched.stop();
  }
});

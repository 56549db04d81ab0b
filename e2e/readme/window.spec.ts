import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from '@playwright/test';
import { root } from '../../scripts/lib/paths.mjs';
import { launch } from '../support/launch.js';
import { startListener, type Listener } from '../support/listener.js';
import { addCriterion, lane, watching } from '../support/window.js';

const screen = { width: 1440, height: 900 };

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
      await page.screenshot({ path: join(root, 'docs', 'images', `window-${theme}.png`) });
    }
  } finally {
    for (const each of running) {
      if ('end' in each) await each.end();
      else each.kill();
    }
    await launched.stop();
  }
});

import { expect, test } from '@playwright/test';
import { launch, type Launched } from './support/launch.js';
import { startListener, type Listener } from './support/listener.js';
import { addCriterion, filter, lane, screenshot, watching } from './support/window.js';

for (const screen of [
  { width: 1280, height: 800 },
  { width: 2560, height: 1440 },
] as const) {
  const size = `${String(screen.width)}x${String(screen.height)}`;

  test.describe(size, () => {
    let launched: Launched;
    const listeners: Listener[] = [];
    test.beforeAll(async () => {
      launched = await launch({ screen });
      await launched.app.evaluate(({ BrowserWindow }, { width, height }) => {
        BrowserWindow.getAllWindows()[0]?.setBounds({ x: 0, y: 0, width, height });
      }, screen);
      await watching(launched.page, launched.helper === null ? 'limited' : 'full');
    });
    test.afterAll(async () => {
      for (const listener of listeners) await listener.end();
      await (launched as Launched | undefined)?.stop();
    });

    for (const theme of ['dark', 'light'] as const) {
      test(`${theme}: nothing overflows the window, before and with data`, async () => {
        const { page } = launched;
        await page.evaluate((value) => window.bindscope.invoke('settings:update', { theme: value }), theme);
        await expect
          .poll(() => page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches))
          .toBe(theme === 'dark');
        if (listeners.length === 0) {
          await screenshot(page, `first-run-${theme}-${size}`);
          await filter(page, '18080, 18443, 15353, 28080');
          await addCriterion(page, { name: 'web', ports: '18000-18999' });
          await addCriterion(page, { name: 'name service', ports: '15353', executable: 'node' });
          listeners.push(
            await startListener('tcp:18080', 'tcp:18443', 'tcp6:18080'),
            await startListener('udp:15353'),
            await startListener('tcp:28080', 'udp:0'),
            await startListener('tcp:18080'),
          );
        }
        for (const { pid } of listeners.slice(0, 3)) await expect(lane(page, pid)).toBeVisible();
        const first = listeners[0];
        if (first !== undefined) await lane(page, first.pid).getByRole('button').first().click();
        await page.waitForTimeout(1500);
        await screenshot(page, `busy-${theme}-${size}`);
        const overflow = await page.evaluate(() => {
          const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
          return [scrollWidth - clientWidth, scrollHeight - clientHeight];
        });
        expect(overflow).toEqual([0, 0]);
      });
    }
  });
}

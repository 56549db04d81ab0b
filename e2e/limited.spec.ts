import { expect, test } from '@playwright/test';
import { isRoot } from '../scripts/lib/paths.mjs';
import { launch, type Launched } from './support/launch.js';
import { startListener, startListenerOf } from './support/listener.js';
import { filter, portRow, screenshot, watching } from './support/window.js';

let launched: Launched;
test.beforeAll(async () => {
  launched = await launch({ helper: false });
  await watching(launched.page, 'limited');
});
test.afterAll(async () => {
  await (launched as Launched | undefined)?.stop();
});

test('the banner says what is missing and why', async () => {
  const banner = launched.page.getByTestId('banner-limited');
  await expect(banner).toContainText(/found by polling, failed binds are not seen/);
  await expect(banner).toContainText(/helper/);
});

test('own sockets show their process, those of others the user alone; a close is told by the kernel', async () => {
  test.skip(!isRoot, 'needs root to be two users');
  const { page, uid } = launched;
  await filter(page, '18781, 18782, 18783');
  const own = await startListenerOf(uid, 'tcp:18781', 'udp:18783');
  const other = await startListener('tcp:18782');
  await expect(portRow(page, 18781)).toContainText(String(own.pid), { timeout: 15_000 });
  await expect(portRow(page, 18783)).toContainText(String(own.pid));
  await expect(portRow(page, 18782)).toContainText('uid 0');
  await expect(portRow(page, 18782)).not.toContainText(String(other.pid));
  await screenshot(page, 'limited-ports');
  await other.end();
  await own.end();
  for (const port of [18781, 18782, 18783]) await expect(portRow(page, port)).toHaveCount(0);

  await page.getByRole('tab', { name: 'Events' }).click();
  const closed = page.getByTestId('events-row').filter({ hasText: 'socket.closed' });
  await expect(closed).toHaveCount(3);
  await closed.filter({ hasText: '18783' }).click();
  const details = page.getByTestId('details');
  await expect(details).toContainText('sock_diag destroy');
  await expect(details).toContainText(/at least/);
  await screenshot(page, 'limited-closed');
  await page.getByRole('tab', { name: 'Ports' }).click();
});

for (const theme of ['dark', 'light'] as const) {
  test(`${theme}: the status says of each fact what is lost`, async () => {
    const { page } = launched;
    await page.evaluate((value) => window.bindscope.invoke('settings:update', { theme: value }), theme);
    await page.getByTestId('visibility').click();
    const popover = page.getByTestId('visibility-popover');
    await expect(popover.getByTestId('fact-bound')).toContainText('found by polling');
    await expect(popover.getByTestId('fact-closed')).toContainText('sock_diag destroy');
    await expect(popover.getByTestId('fact-closed')).toContainText('that a poll has seen');
    await expect(popover.getByTestId('fact-bind_failed')).toContainText('not seen');
    await page.waitForTimeout(300);
    await screenshot(page, `limited-status-${theme}`);
    await page.keyboard.press('Escape');
    await expect(popover).toHaveCount(0);
  });
}

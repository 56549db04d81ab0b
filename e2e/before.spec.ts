import { expect, test } from '@playwright/test';
import { launch } from './support/launch.js';
import { startListener } from './support/listener.js';
import { filter, lane, portRow, watching } from './support/window.js';

test('a listener older than the window is shown with its process, and its close is told', async () => {
  const old = await startListener('tcp:18321');
  const launched = await launch();
  try {
    test.skip(launched.helper === null, 'needs root or sudo for the privileged helper');
    const { page } = launched;
    await watching(page, 'full');
    await filter(page, '18321');
    await expect(portRow(page, 18321)).toContainText(String(old.pid));
    await expect(portRow(page, 18321)).toContainText('before');
    await expect(lane(page, old.pid)).toBeVisible();
    await old.end();
    await expect(lane(page, old.pid)).toHaveAttribute('data-exited');
    await expect(portRow(page, 18321)).toHaveCount(0);
    // The one lane is that of the process that held it, not one more of an unknown owner.
    await expect(page.getByTestId('timeline-lane')).toHaveCount(1);
    await page.getByRole('tab', { name: 'Events' }).click();
    await expect(page.getByTestId('events-row').filter({ hasText: 'socket.closed' })).toHaveCount(1);
  } finally {
    await launched.stop();
  }
});

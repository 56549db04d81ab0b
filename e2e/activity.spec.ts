import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect, test, type Page } from '@playwright/test';
import { launch, type Launched } from './support/launch.js';
import { addCriterion, filter, lane, screenshot, watching } from './support/window.js';

test.describe.configure({ mode: 'serial' });

const port = 18871;
const page1KiB = Buffer.alloc(1024, 'x');

let launched: Launched;
let page: Page;
let server: Server;
const clients: Socket[] = [];

/** Connects, sends 1 KiB, and reads the 4 KiB that the server answers. */
const visit = async (): Promise<Socket> => {
  const client = connect(port, '127.0.0.1');
  clients.push(client);
  await once(client, 'connect');
  client.write(page1KiB);
  let read = 0;
  for await (const chunk of client.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    read += chunk.length;
    if (read >= 4096) break;
  }
  return client;
};

test.beforeAll(async () => {
  launched = await launch();
  test.skip(launched.helper === null, 'needs root or sudo for the privileged helper');
  page = launched.page;
  await watching(page, 'full');
  server = createServer((socket) => {
    socket.on('data', () => socket.write(Buffer.alloc(4096, 'y')));
    socket.on('error', () => undefined);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  await filter(page, String(port));
  await lane(page, process.pid).getByRole('button').first().click();
});
test.afterAll(async () => {
  for (const client of clients) client.destroy();
  (server as Server | undefined)?.close();
  await (launched as Launched | undefined)?.stop();
});

test('what no criterion selects is not counted, and says so', async () => {
  await expect(page.getByTestId('details-activity')).toContainText('while a criterion selects');
  await expect(lane(page, process.pid).getByTestId('lane-activity')).toHaveCount(0);
});

test('once it is selected its connections are counted, from nothing', async () => {
  await addCriterion(page, { name: 'counted', ports: String(port) });
  await lane(page, process.pid).getByRole('button').first().click();
  await expect(page.getByTestId('activity-port')).toContainText('No connections since');
  await expect(lane(page, process.pid).getByTestId('lane-activity')).toBeVisible();
});

test('the details show the connections that were made, those that are open, and the bytes', async () => {
  const visits: Socket[] = [];
  for (let count = 0; count < 12; count += 1) visits.push(await visit());
  for (const client of visits.slice(0, 7)) client.destroy();
  const activity = page.getByTestId('activity-port');
  await expect(activity).toContainText('12 in all');
  await expect(activity.getByText('Open', { exact: true }).locator('xpath=..')).toContainText('5');
  await expect(activity).toContainText('12 KiB in all');
  await expect(activity).toContainText('48 KiB in all');
  await expect(activity).toContainText('Counting since');
  await expect(
    lane(page, process.pid).getByRole('img', { name: '12 connections accepted in the last minute' }),
  ).toBeVisible();
  for (let count = 0; count < 30; count += 1) {
    const client = await visit();
    client.destroy();
    await page.waitForTimeout(120);
  }
  await expect(activity).toContainText('42 in all');
  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate((value) => window.bindscope.invoke('settings:update', { theme: value }), theme);
    await page.waitForTimeout(400);
    await screenshot(page, `activity-${theme}`);
  }
});

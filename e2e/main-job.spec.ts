import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { parse } from 'csv-parse/sync';
import { launch, type Launched } from './support/launch.js';
import { startListener, type Listener } from './support/listener.js';
import {
  addCriterion,
  answerSaveDialog,
  criterion,
  filter,
  lane,
  portRow,
  screenshot,
  startExport,
  watching,
} from './support/window.js';

test.describe.configure({ mode: 'serial' });

let launched: Launched;
let page: Page;
let inside: Listener;
let outside: Listener;

test.beforeAll(async () => {
  launched = await launch();
  test.skip(launched.helper === null, 'needs root or sudo for the privileged helper');
  page = launched.page;
  await watching(page, 'full');
  await filter(page, '18042, 28042');
});
test.afterAll(async () => {
  await (launched as Launched | undefined)?.stop();
});

test('a criterion is made in the window', async () => {
  await addCriterion(page, { name: 'web', ports: '18000-18099, 18443' });
  await expect(criterion(page, 'web').getByTestId('criterion-ports-text')).toContainText('18000-18099');
  await expect(criterion(page, 'web').getByTestId('criterion-matches')).toContainText('0');
});

test('a process that binds in range appears on the timeline and in the table, and matches', async () => {
  inside = await startListener('tcp:18042');
  await expect(lane(page, inside.pid)).toHaveAttribute('data-criterion', 'web');
  await expect(lane(page, inside.pid)).toContainText('18042');
  await expect(portRow(page, 18042)).toContainText(String(inside.pid));
  await expect(portRow(page, 18042)).toContainText('web');
  await expect(criterion(page, 'web').getByTestId('criterion-matches')).toContainText('1');
});

test('a process out of range appears too, and does not count as matched', async () => {
  outside = await startListener('tcp:28042');
  await expect(lane(page, outside.pid)).toBeVisible();
  await expect(lane(page, outside.pid)).not.toHaveAttribute('data-criterion');
  await expect(portRow(page, 28042)).toContainText(String(outside.pid));
  await expect(portRow(page, 28042)).not.toContainText('web');
  await expect(criterion(page, 'web').getByTestId('criterion-matches')).toContainText('1');
});

test('the details say why it matched, with the value seen', async () => {
  await portRow(page, 18042).click();
  const details = page.getByTestId('details');
  await expect(details).toContainText('18042');
  await lane(page, inside.pid).getByRole('button').first().click();
  await expect(details.getByTestId('details-title')).toContainText('node');
  const held = details.getByTestId('evaluation').and(page.locator('[data-held="true"]'));
  await expect(held).toContainText('18000-18099');
  await expect(held).toContainText('18042');
  await screenshot(page, 'matched-dark');
});

test('editing the range in the window changes what matches, at once', async () => {
  await criterion(page, 'web').dblclick();
  await page.getByTestId('criterion-ports').fill('28042');
  await page.getByTestId('criterion-save').click();
  await expect(lane(page, outside.pid)).toHaveAttribute('data-criterion', 'web');
  await expect(lane(page, inside.pid)).not.toHaveAttribute('data-criterion');
  await page.keyboard.press('Control+z');
  await expect(lane(page, inside.pid)).toHaveAttribute('data-criterion', 'web');
  await expect(lane(page, outside.pid)).not.toHaveAttribute('data-criterion');
});

test('a bind that fails is a mark of its own, with the holder named', async () => {
  const second = await startListener('tcp:18042');
  expect(second.answers).toEqual(['EADDRINUSE']);
  await page.getByRole('tab', { name: 'Events' }).click();
  await filter(page, String(second.pid));
  const row = page.getByTestId('events-row').filter({ hasText: 'socket.bind_failed' });
  await expect(row).toHaveCount(1);
  await expect(row).toContainText(`in use by node ${String(inside.pid)}`);
  await row.click();
  await expect(page.getByTestId('details')).toContainText('EADDRINUSE');
  await expect(page.getByTestId('details')).toContainText(String(inside.pid));
  await filter(page, '18042, 28042');
  await page.getByRole('tab', { name: 'Ports' }).click();
  await second.end();
});

test('it exits: the row leaves, the lane stays as history', async () => {
  await inside.end();
  await outside.end();
  await expect(portRow(page, 18042)).toHaveCount(0, { timeout: 10_000 });
  await expect(lane(page, inside.pid)).toHaveAttribute('data-exited');
  await expect(criterion(page, 'web').getByTestId('criterion-matches')).toContainText('0');
});

interface Line {
  readonly name: string;
  readonly [key: string]: unknown;
}

test('the export as NDJSON holds exactly the events of the matched process', async () => {
  const path = join(launched.exportDir, 'log.ndjson');
  await answerSaveDialog(launched, path);
  await startExport(page, 'NDJSON', /matched/i);
  await expect(page.getByTestId('export-done')).toBeVisible();
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const [header, ...events] = lines.map((line) => JSON.parse(line) as Line);
  expect(header).toMatchObject({ name: 'bindscope.header', schema_version: 1, 'bindscope.scope': 'matched' });
  const ofInside = events.filter((event) => event['process.pid'] === inside.pid);
  expect(ofInside.map(({ name }) => name)).toEqual([
    'process.created',
    'socket.bound',
    'socket.listening',
    'match.started',
    'match.ended',
    'match.started',
    'process.deleted',
    'match.ended',
    // The kernel tells of the exit before it releases the files.
    'socket.closed',
  ]);
  expect(events.every((event) => [inside.pid, outside.pid].includes(Number(event['process.pid'])))).toBe(
    true,
  );
  for (const event of ofInside.filter(({ name }) => name.startsWith('socket.'))) {
    expect(event).toMatchObject({
      'network.transport': 'tcp',
      'network.type': 'ipv4',
      'network.local.address': '127.0.0.1',
      'network.local.port': 18042,
      'bindscope.source': 'ebpf',
    });
  }
  await page.keyboard.press('Escape');
});

test('the export as CSV holds the same events as the NDJSON', async () => {
  const path = join(launched.exportDir, 'log.csv');
  await answerSaveDialog(launched, path);
  await page.getByTestId('export').click();
  await page.getByRole('button', { name: 'New export' }).click();
  await page.keyboard.press('Escape');
  await startExport(page, 'CSV', /matched/i);
  await expect(page.getByTestId('export-done')).toBeVisible();
  const rows = parse(readFileSync(path, 'utf8'), { columns: true, bom: true });
  const names = (rows as Record<string, string>[]).map((row) => [row['bindscope.seq'], row['name']]);
  const ndjson = readFileSync(join(launched.exportDir, 'log.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as Line)
    .map((event) => [String(event['bindscope.seq']), event.name]);
  expect(names).toEqual(ndjson);
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { isRoot, root } from '../scripts/lib/paths.mjs';
import { launch, type Launched } from './support/launch.js';
import { startListener } from './support/listener.js';
import {
  addCriterion,
  answerOpenDialog,
  criterion,
  filter,
  lane,
  portRow,
  screenshot,
  watching,
} from './support/window.js';

test.describe.configure({ mode: 'serial' });

const init = { pid: 1, name: 'init', exe: '/sbin/init' };
const alpha = { pid: 4100, ppid: 1, name: 'alpha', exe: '/opt/alpha/alpha', args: ['alpha', '--serve'] };
const beta = { pid: 4200, ppid: 1, name: 'beta', exe: '/opt/beta/beta', args: ['beta'] };
const at = (port: number): object => ({ proto: 'tcp', port, address: '0.0.0.0', cookie: port });

/** alpha listens from second 10 on, beta from second 30 on; alpha closes and ends at second 60 of 70. */
const scenario = [
  { poll: [init] },
  { bpf: 'ready' },
  { advance_ms: 10_000 },
  { bpf: { bound: { ...alpha, ...at(4001) } } },
  { bpf: { listening: { ...alpha, ...at(4001) } } },
  { advance_ms: 20_000 },
  { bpf: { bound: { ...beta, ...at(4002) } } },
  { bpf: { listening: { ...beta, ...at(4002) } } },
  { bpf: { bind_failed: { ...beta, proto: 'tcp', port: 4001, address: '0.0.0.0', errno: 'EADDRINUSE' } } },
  { advance_ms: 30_000 },
  { bpf: { closed: { ...alpha, ...at(4001) } } },
  { bpf: { exit: { pid: alpha.pid, code: 0 } } },
  { advance_ms: 10_000 },
  { poll: [init, { ...beta, ports: [at(4002)] }] },
];
const lines = scenario.map((step) => JSON.stringify(step));

let launched: Launched;
let page: Page;
/** A file of the user's. */
const file = (name: string, text: string): string => {
  const path = join(launched.home.dir, name);
  writeFileSync(path, text);
  if (isRoot) chownSync(path, launched.uid, launched.uid);
  return path;
};
const open = async (path: string): Promise<void> => {
  await answerOpenDialog(launched, path);
  await page.keyboard.press('Control+o');
};
/** Moves to a second of the scenario by the keyboard, as one may who cannot drag. */
const seekTo = async (tenSeconds: number): Promise<void> => {
  await page.getByTestId('replay-slider').focus();
  await page.keyboard.press('Home');
  for (let step = 0; step < tenSeconds; step += 1) await page.keyboard.press('Shift+ArrowRight');
  await expect(page.getByTestId('replay-time')).toContainText(
    `+${tenSeconds < 6 ? '0' : '1'}:${tenSeconds < 6 ? String(tenSeconds) : String(tenSeconds - 6)}0.0 `,
  );
};

test.beforeAll(async () => {
  launched = await launch();
  page = launched.page;
  await watching(page, launched.helper === null ? 'limited' : 'full');
});
test.afterAll(async () => {
  await (launched as Launched | undefined)?.stop();
});

test('a damaged file is refused with the place and what is wrong, and what is live stays', async () => {
  await open(
    file('damaged.ndjson', [...lines.slice(0, 3), '{"bpf":{"bound":{"pid":1,"prot":80}}}'].join('\n')),
  );
  const banner = page.getByTestId('banner-replay-failed');
  await expect(banner).toContainText('damaged.ndjson could not be opened');
  await expect(banner).toContainText('damaged.ndjson:4:');
  await expect(banner).toContainText('prot');
  await expect(page.getByTestId('replay-bar')).toHaveCount(0);
  await expect(page.getByTestId('record')).toBeVisible();
  await screenshot(page, 'replay-failed');
  await banner.getByRole('button', { name: 'Dismiss' }).click();
  await expect(banner).toHaveCount(0);
});

test('what is no file is refused, too', async () => {
  await open(launched.home.dir);
  await expect(page.getByTestId('banner-replay-failed')).toContainText('It is a folder');
  await page.getByTestId('banner-replay-failed').getByRole('button', { name: 'Dismiss' }).click();
});

test('a scenario is opened in place of what is live, paused at its beginning', async () => {
  await open(file('morning.ndjson', `${lines.join('\n')}\n`));
  await expect(page.getByTestId('replay-file')).toHaveText('morning.ndjson');
  await expect(page.getByTestId('replay-time')).toContainText('+0:00.0 / 1:10.0');
  await expect(page.getByTestId('record')).toHaveCount(0);
  await expect(page.getByTestId('pause')).toHaveCount(0);
  await expect(page.getByTestId('ports-row')).toHaveCount(0);
});

test('scrubbed forward and back, the tables are as they were at that time', async () => {
  await seekTo(2);
  await expect(portRow(page, 4001)).toContainText('alpha');
  await expect(page.getByTestId('ports-row')).toHaveCount(1);
  await seekTo(4);
  await expect(portRow(page, 4002)).toContainText('beta');
  await expect(page.getByTestId('ports-row')).toHaveCount(2);
  await page.keyboard.press('End');
  await expect(portRow(page, 4001)).toHaveCount(0);
  await expect(portRow(page, 4002)).toHaveCount(1);
  await expect(lane(page, alpha.pid)).toHaveAttribute('data-exited');
  await seekTo(4);
  await expect(portRow(page, 4001)).toHaveCount(1);
  await expect(lane(page, alpha.pid)).not.toHaveAttribute('data-exited');
  await seekTo(2);
  await expect(page.getByTestId('ports-row')).toHaveCount(1);
  await expect(lane(page, beta.pid)).toHaveCount(0);
  await expect(lane(page, alpha.pid)).toBeVisible();
});

test('stepping goes to the next moment at which something happened, and back', async () => {
  const time = page.getByTestId('replay-time');
  await page.getByTestId('replay-next').click();
  await expect(time).toContainText('+0:30.0 ');
  await expect(portRow(page, 4002)).toHaveCount(1);
  await page.getByTestId('timeline-canvas').focus();
  await page.keyboard.press(',');
  await expect(time).toContainText('+0:10.0 ');
  await expect(portRow(page, 4002)).toHaveCount(0);
});

test('a click on the times above the timeline goes there', async () => {
  const box = await page.getByTestId('timeline-canvas').boundingBox();
  if (box === null) throw new Error('no timeline');
  // The whole recording is in view, with a little air: its middle lies about second 35.
  await page.mouse.click(box.x + (box.width - 28) / 2, box.y + 10);
  await expect(page.getByTestId('replay-time')).toContainText(/\+0:3[45]\.\d /);
  await expect(page.getByTestId('ports-row')).toHaveCount(2);
});

test('criteria that are edited apply to it, and say why', async () => {
  await seekTo(4);
  await addCriterion(page, { name: 'alphas', ports: '4001' });
  await expect(lane(page, alpha.pid)).toHaveAttribute('data-criterion', 'alphas');
  await expect(lane(page, beta.pid)).not.toHaveAttribute('data-criterion');
  await expect(criterion(page, 'alphas').getByTestId('criterion-matches')).toContainText('1');
  await lane(page, alpha.pid).getByRole('button').first().click();
  await expect(page.getByTestId('details').getByTestId('details-why')).toContainText('4001');
  await expect(page.getByTestId('details-activity')).toContainText('live only');
  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate((value) => window.bindscope.invoke('settings:update', { theme: value }), theme);
    await page.waitForTimeout(400);
    await screenshot(page, `replay-${theme}`);
  }
});

test('it plays at the speed that is chosen, and Space pauses it', async () => {
  await seekTo(0);
  await page.getByRole('radio', { name: '100×' }).click();
  await page.getByTestId('timeline-canvas').focus();
  await page.keyboard.press('Space');
  await expect(page.getByTestId('replay-play')).toHaveAccessibleName('Play from the start', {
    timeout: 5000,
  });
  await expect(page.getByTestId('replay-time')).toContainText('+1:10.0 ');
  await page.getByRole('radio', { name: '1×', exact: true }).click();
  await page.getByTestId('replay-play').click();
  await expect(page.getByTestId('replay-play')).toHaveAccessibleName('Pause');
  await page.getByTestId('timeline-canvas').focus();
  await page.keyboard.press('Space');
  await expect(page.getByTestId('replay-play')).toHaveAccessibleName('Play');
});

test('Escape goes back to what is live, which was watched meanwhile', async () => {
  const listener = await startListener('tcp:18931');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('replay-bar')).toHaveCount(0);
  await expect(page.getByTestId('record')).toBeVisible();
  await filter(page, '18931');
  await expect(portRow(page, 18931)).toHaveCount(1);
  await expect(lane(page, alpha.pid)).toHaveCount(0);
  await expect(page.getByTestId('timeline-follow')).toHaveAttribute('data-state', 'following');
  await listener.end();
});

test('a recording of the command line shows what happened then; one cut short says so', async () => {
  test.skip(launched.helper === null, 'needs root or sudo for the privileged helper');
  const path = join(launched.home.dir, 'night.ndjson');
  const recorder = spawn(
    process.execPath,
    [join(root, 'out', 'main', 'cli.js'), 'watch', '--record', path, '--duration', '4'],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = once(recorder, 'exit');
  await expect.poll(() => existsSync(path) && statSync(path).size > 1000, { timeout: 10_000 }).toBe(true);
  const listener = await startListener('tcp:18941');
  await listener.end();
  // So that what is cut off is not the close of the first.
  await (await startListener('tcp:18942')).end();
  await ended;
  const recording = readFileSync(path, 'utf8');
  await open(file('cut.ndjson', recording.slice(0, recording.trimEnd().length - 5)));
  await expect(page.getByTestId('replay-file')).toHaveText('cut.ndjson');
  await expect(page.getByTestId('banner-replay-notes')).toContainText('cut.ndjson:');
  await filter(page, '18941');
  await expect(lane(page, listener.pid)).toHaveCount(0);
  await page.getByTestId('replay-slider').focus();
  await page.keyboard.press('End');
  await expect(lane(page, listener.pid)).toHaveAttribute('data-exited');
  await expect(portRow(page, 18941)).toHaveCount(0);
  await page.getByTestId('replay-close').click();
  await expect(page.getByTestId('banner-replay-notes')).toHaveCount(0);
  await expect(page.getByTestId('timeline-canvas'), 'the keyboard goes on there').toBeFocused();
});

import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { launch, type Launched } from './support/launch.js';

let launched: Launched;
test.beforeAll(async () => {
  launched = await launch();
});
test.afterAll(async () => {
  // Undefined when the launch itself failed.
  await (launched as Launched | undefined)?.stop();
});

test('the window opens, with a title and no Node inside', async () => {
  const { page } = launched;
  expect(await page.title()).toContain('Bindscope');
  expect(await page.evaluate(() => ['require' in globalThis, 'process' in globalThis])).toEqual([
    false,
    false,
  ]);
});

test('main process and engine run as an unprivileged user, without capabilities', async () => {
  const { app, uid } = launched;
  expect(uid).toBeGreaterThan(0);
  expect(await app.evaluate(() => process.getuid?.())).toBe(uid);
  const pids = await app.evaluate(({ app }) => app.getAppMetrics().map(({ pid }) => pid));
  expect(pids.length).toBeGreaterThan(2);
  for (const pid of pids) {
    // Processes in a user namespace of Chromium's own may have capabilities there, which are none here.
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t`, 'm'));
  }
  const main = readFileSync(`/proc/${String(await app.evaluate(() => process.pid))}/status`, 'utf8');
  expect(main).toMatch(/^CapPrm:\t0+$/m);
  expect(main).toMatch(/^CapEff:\t0+$/m);
});

test("Chromium's sandbox is on", async () => {
  const { app } = launched;
  expect(await app.evaluate(() => process.argv.join(' '))).not.toContain('no-sandbox');
  const renderers = await app.evaluate(({ app }) =>
    app
      .getAppMetrics()
      .filter(({ type }) => type === 'Tab')
      .map(({ pid }) => pid),
  );
  expect(renderers.length).toBeGreaterThan(0);
  for (const pid of renderers) {
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('no-sandbox');
    // 2: a seccomp filter is in force.
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Seccomp:\t2$/m);
  }
});

// The real app: from bind() to the row painted, and what it costs while nothing happens.
import { setTimeout as sleep } from 'node:timers/promises';
import { launch } from '../e2e/support/launch.js';
import { runBinds } from './support/load.js';
import { loadPath } from './support/paths.js';
import { cpuShares, residentMiB } from './support/processes.js';
import { machine, report } from './support/report.js';
import { amount, quantile } from './support/stats.js';

const binds = 200;
const intervalUs = 100_000;
const idleSeconds = Number(process.env['BINDSCOPE_IDLE_SECONDS'] ?? 60);

declare global {
  interface Window {
    /** Wall-clock milliseconds at which a frame with the port's row was painted, by port. */
    painted?: Map<string, number>;
  }
}

// Tall, so that every row of the load is in view: rows out of view are not painted.
const screen = { width: 1440, height: 2400 };

const launched = await launch({ screen });
try {
  const { page, app, helper } = launched;
  if (helper === null) throw new Error('the bench needs the privileged helper: run it as root');
  await page.getByTestId('visibility').waitFor();
  await app.evaluate(({ BrowserWindow }, { width, height }) => {
    BrowserWindow.getAllWindows()[0]?.setBounds({ x: 0, y: 0, width, height });
  }, screen);

  await page.evaluate(() => {
    const painted = new Map<string, number>();
    window.painted = painted;
    const note = (): void => {
      const fresh: string[] = [];
      for (const row of document.querySelectorAll('[data-testid="ports-row"]')) {
        const port = /\d+/.exec(row.textContent)?.[0];
        if (port !== undefined && !painted.has(port)) fresh.push(port);
      }
      if (fresh.length === 0) return;
      for (const port of fresh) painted.set(port, Number.NaN);
      // The change is in the frame that ends before this second callback runs.
      requestAnimationFrame(() => {
        requestAnimationFrame(() => {
          const now = performance.timeOrigin + performance.now();
          for (const port of fresh) painted.set(port, now);
        });
      });
    };
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
  });

  const done = await runBinds(loadPath, binds, intervalUs);
  await sleep(1000);
  const painted = new Map(await page.evaluate(() => [...(window.painted ?? [])]));
  const delays = done
    .map(({ port, wall }) => (painted.get(String(port)) ?? Number.NaN) - Number(wall) / 1e6)
    .filter((delay) => Number.isFinite(delay) && delay > 0);

  report(`bind() to painted row, ${String(binds)} binds (${machine()})`, [
    { what: 'p50', result: amount(quantile(delays, 0.5), 'ms'), target: '' },
    { what: 'p99', result: amount(quantile(delays, 0.99), 'ms'), target: '≤ 100 ms' },
    { what: 'painted', result: `${String(delays.length)} of ${String(done.length)}`, target: '' },
  ]);

  await page.evaluate(() => {
    window.painted = undefined as never;
  });
  await page.reload();
  await sleep(5000);
  const metrics = await app.evaluate(({ app: electron }) =>
    electron.getAppMetrics().map(({ pid, type, name }) => ({ pid, type, name: name ?? '' })),
  );
  const pidOf = (type: string, name?: string): number | undefined =>
    metrics.find((metric) => metric.type === type && (name === undefined || metric.name === name))?.pid;
  const parts = [
    ['helper', helper.servingPids()[0]],
    ['engine', pidOf('Utility', 'Bindscope Engine')],
    ['main', pidOf('Browser')],
    ['renderer', pidOf('Tab')],
    ['GPU process', pidOf('GPU')],
  ].filter((part): part is [string, number] => part[1] !== undefined);
  const pids = parts.map(([, pid]) => pid);
  const shares = await cpuShares(pids, idleSeconds);
  const watched = (shares[0] ?? 0) + (shares[1] ?? 0);
  report(`Idle over ${String(idleSeconds)} s (${machine()})`, [
    ...parts.map(([name, pid], index) => ({
      what: name,
      result: `${amount(shares[index] ?? 0, '% of a core')}, ${amount(residentMiB(pid), 'MiB resident')}`,
      target: '',
    })),
    { what: 'helper + engine', result: amount(watched, '% of a core'), target: '≤ 0.3 %' },
  ]);
} finally {
  await launched.stop();
}

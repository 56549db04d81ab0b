// Does the whole chain, from the kernel to the window, keep up with a storm of binds?
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LossReport } from './support/loss-engine.js';
import { runEngine } from './support/loss-engine.js';
import { loadPath } from './support/paths.js';
import { machine, report } from './support/report.js';
import { amount } from './support/stats.js';

const THREADS = 4;
const RATE = 20_000;
const SECONDS = 10;
const COUNT = RATE * SECONDS;
/** For what is on its way when the load ends. */
const SETTLE_MS = 3000;

/** `rate`: pairs a second, 0 for as fast as it goes. */
const measure = async (title: string, rate: number): Promise<void> => {
  const engine = fork(fileURLToPath(import.meta.url), ['engine']);
  const ended = once(engine, 'exit').then(() => {
    throw new Error('the engine ended before it told what it saw');
  });
  await Promise.race([once(engine, 'message'), ended]);
  const running = promisify(execFile)(loadPath, ['churn', String(THREADS), String(COUNT), String(rate)]);
  const { stdout } = await running;
  const load = JSON.parse(stdout) as { done: number[]; seconds: number };
  await sleep(SETTLE_MS);
  engine.send(running.child.pid ?? 0);
  const [seen] = (await Promise.race([once(engine, 'message'), ended])) as [LossReport];
  ended.catch(() => undefined);

  const done = load.done.reduce((sum, each) => sum + each, 0);
  const told = seen.bound + seen.closed;
  // What is lost shows the limit where nothing holds the load back.
  const wanted = rate === 0 ? '' : '0';
  report(`${title} (${machine()})`, [
    {
      what: 'binds and closes a second',
      result: (done / load.seconds).toFixed(0),
      target: rate === 0 ? '' : String(rate),
    },
    { what: 'bound told', result: `${String(seen.bound)} of ${String(done)}`, target: '' },
    { what: 'closed told', result: `${String(seen.closed)} of ${String(done)}`, target: '' },
    { what: 'events of others meanwhile', result: String(seen.others), target: '' },
    { what: 'lost in the kernel', result: String(seen.lost.kernel), target: wanted },
    { what: 'lost in the queue', result: String(seen.lost.queue), target: wanted },
    { what: 'bind() to event, p50', result: amount(seen.delayMs.p50, 'ms'), target: '' },
    { what: 'bind() to event, p99', result: amount(seen.delayMs.p99, 'ms'), target: '' },
    { what: 'longest', result: amount(seen.delayMs.most, 'ms'), target: '' },
    {
      what: 'CPU of the engine, an event',
      result: amount((seen.cpuSeconds / (told + seen.others)) * 1e6, 'µs'),
      target: '',
    },
    { what: 'memory of the engine', result: amount(seen.residentMiB, 'MiB'), target: '' },
  ]);
};

if (process.argv[2] === 'engine') await runEngine();
else {
  const load = `${String(COUNT)} times bind() and close() from ${String(THREADS)} threads`;
  await measure(`${load}, ${String(RATE)} a second`, RATE);
  await measure(`${load}, as fast as they go`, 0);
}

// How long after bind() returned does the engine hold the decoded event?
import { setTimeout as sleep } from 'node:timers/promises';
import { runBinds } from './support/load.js';
import { loadPath } from './support/paths.js';
import { machine, report } from './support/report.js';
import { openSource } from './support/source.js';
import { amount, quantile } from './support/stats.js';

const count = 2000;
const intervalUs = 1000;

/** Boot-clock arrival of each bound event, by port; a port may come again. */
const arrivals = new Map<number, { at: bigint; time: bigint }[]>();
const { source, lost } = await openSource((events) => {
  const at = source.clocks().boot;
  for (const { kind, socket, time } of events) {
    if (kind !== 'bound' || socket === null) continue;
    const known = arrivals.get(socket.port);
    if (known === undefined) arrivals.set(socket.port, [{ at, time }]);
    else known.push({ at, time });
  }
});

const binds = await runBinds(loadPath, count, intervalUs);
await sleep(200);

const delaysMs: number[] = [];
let missing = 0;
for (const { port, boot } of binds) {
  // The hook ran inside bind(), so the event of this bind is the last one older than its return.
  const arrival = arrivals.get(port)?.findLast(({ time }) => time <= boot);
  if (arrival === undefined) missing += 1;
  else delaysMs.push(Number(arrival.at - boot) / 1e6);
}
source.close();

report(`bind() to event in the engine, ${String(count)} binds (${machine()})`, [
  { what: 'p50', result: amount(quantile(delaysMs, 0.5), 'ms'), target: '' },
  { what: 'p99', result: amount(quantile(delaysMs, 0.99), 'ms'), target: '≤ 5 ms' },
  { what: 'longest', result: amount(Math.max(...delaysMs), 'ms'), target: '' },
  { what: 'binds without an event', result: String(missing), target: '0' },
  { what: 'events lost', result: String(lost()), target: '0' },
]);

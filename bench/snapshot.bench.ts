// Who holds which port, of everybody: ours against ss and lsof on the same load in the same run.
import { execFileSync } from 'node:child_process';
import { startListeners } from './support/load.js';
import { loadPath } from './support/paths.js';
import { machine, report, type Row } from './support/report.js';
import { openSource } from './support/source.js';
import { ratio, spread } from './support/stats.js';

const timed = async (rounds: number, task: () => unknown): Promise<number[]> => {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = process.hrtime.bigint();
    await task();
    times.push(Number(process.hrtime.bigint() - started) / 1e6);
  }
  return times;
};

const run = (program: string, ...args: string[]): Buffer =>
  execFileSync(program, args, { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 });

const { source } = await openSource(() => undefined);
for (const [processes, listeners] of [
  [200, 10],
  [2000, 20],
] as const) {
  const load = await startListeners(loadPath, processes, listeners);
  let rows = 0;
  // Rounds alternate, so that a slow moment of the machine hits all alike.
  const ours: number[] = [];
  const ss: number[] = [];
  const lsof: number[] = [];
  await source.snapshot();
  for (let round = 0; round < 7; round += 1) {
    ours.push(
      ...(await timed(1, async () => {
        rows = (await source.snapshot()).sockets.length;
      })),
    );
    ss.push(...(await timed(1, () => run('ss', '-tulpnH'))));
    if (round < 3) lsof.push(...(await timed(1, () => run('lsof', '-nP', '-iTCP', '-sTCP:LISTEN'))));
  }
  await load.stop();
  const table: Row[] = [
    { what: 'full snapshot, columns in JavaScript', result: spread(ours, 'ms'), target: '' },
    { what: '`ss -tulpnH`', result: spread(ss, 'ms'), target: '' },
    { what: '`lsof -nP -iTCP -sTCP:LISTEN`', result: spread(lsof, 'ms'), target: '' },
    { what: 'faster than ss', result: ratio(ss, ours), target: processes === 2000 ? '≥ 20 times' : '' },
    { what: 'faster than lsof', result: ratio(lsof, ours), target: '' },
    { what: 'sockets seen', result: String(rows), target: `≥ ${String(processes * listeners)}` },
  ];
  report(`Snapshot of ${String(processes)} processes × ${String(listeners)} listeners (${machine()})`, table);
}
source.close();

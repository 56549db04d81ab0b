// The whole pipeline on a virtual clock: kernel events through it, what each leaves on the heap, and a replay of a recording of them.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Criterion, KernelEvent } from '../contract/index.js';
import { noSelectors } from '../contract/index.js';
import { Pipeline } from '../discovery/pipeline.js';
import { readRecordingNow } from '../discovery/recording/read-recording.js';
import { RecordingWriter } from '../discovery/recording/write-recording.js';
import { ReplayRun } from '../discovery/replay/replay-run.js';
import { ReplaySource } from '../discovery/replay/replay-source.js';
import { VirtualTime } from '../discovery/virtual-time.js';
import { machine, report } from './support/report.js';
import { amount, spread } from './support/stats.js';

const EVENTS = 100_000;
const ROUNDS = 5;
/** Events of one batch of the ring buffer. */
const BATCH = 64;
const START = 1_000_000_000_000n;
const WALL = 1_700_000_000_000_000_000n;

const criterion = (name: string, openPorts: string | null, executable: string | null): Criterion => ({
  id: name as Criterion['id'],
  name,
  namespace: null,
  enabled: true,
  exclude: false,
  selectors: {
    ...noSelectors,
    openPorts,
    executable: executable === null ? null : { syntax: 'regex', text: executable },
  },
  kept: {},
});

const settings = {
  criteria: [criterion('web', '8000-8999', null), criterion('node', '3000-3100', 'node$')],
  pollIntervalMs: null,
  showOwnProcesses: false,
  countPortsAsBeyla: false,
};

/** A busy machine: of five events one begins a process, three are of its socket, one ends it. */
const eventOf = (index: number): KernelEvent => {
  const round = Math.floor(index / 5);
  const kind = (['exec', 'bound', 'listening', 'closed', 'exit'] as const)[index % 5] ?? 'exec';
  const pid = 1000 + (round % 30_000);
  return {
    kind,
    time: START + BigInt(index) * 10_000n,
    hook: 'bench',
    pid,
    tid: pid,
    startTime: START + BigInt(round) * 50_000n,
    parentPid: 1,
    uid: 1000,
    name: 'node',
    cgroupId: 1n,
    networkNamespace: 4_026_531_840,
    identity:
      kind === 'exit' || kind === 'closed'
        ? null
        : {
            executable: '/usr/bin/node',
            executableFile: { device: 1, inode: 7n },
            args: ['node', 'server.js', '--port', String(round)],
            argsLength: 40,
          },
    socket:
      kind === 'exec' || kind === 'exit'
        ? null
        : {
            cookie: BigInt(round + 1),
            transport: 'tcp',
            family: 'ipv4',
            address: '0.0.0.0',
            port: 2000 + (round % 20_000),
            boundAt: null,
          },
    error: 0,
    unconfirmed: false,
  };
};

const batches: KernelEvent[][] = [];
for (let from = 0; from < EVENTS; from += BATCH) {
  batches.push(Array.from({ length: Math.min(BATCH, EVENTS - from) }, (_, index) => eventOf(from + index)));
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const bytes = (): number => {
  collect();
  return process.memoryUsage().heapUsed;
};

const notice = (_level: string, message: string): void => {
  throw new Error(message);
};

const times: number[] = [];
const kept: number[] = [];
const allocated: number[] = [];
let told = 0;
for (let round = 0; round < ROUNDS; round += 1) {
  const time = new VirtualTime(START);
  const source = new ReplaySource(time, WALL - START);
  const pipeline = new Pipeline({
    source,
    timers: time,
    settings,
    host: { name: 'bench', kernel: '', bootId: '' },
    ownPids: [],
    ownNetworkNamespace: 0,
    userName: () => null,
    replay: () => {
      throw new Error('no window is open');
    },
    notice,
  });
  await pipeline.start();
  const before = bytes();
  let grown = 0;
  let last = before;
  const started = process.hrtime.bigint();
  for (const [index, batch] of batches.entries()) {
    time.now = batch[0]?.time ?? time.now;
    source.listener.events(batch);
    // Allocation is what the heap grows by between two collections, which only make it shrink.
    if (index % 16 !== 0) continue;
    const now = process.memoryUsage().heapUsed;
    if (now > last) grown += now - last;
    last = now;
  }
  times.push(Number(process.hrtime.bigint() - started) / 1e9);
  allocated.push(grown / EVENTS);
  kept.push((bytes() - before) / EVENTS);
  told = pipeline.log.appended;
  pipeline.close();
}
report(`${String(EVENTS)} kernel events through the pipeline (${machine()})`, [
  {
    what: 'kernel events a second',
    result: spread(
      times.map((seconds) => EVENTS / seconds / 1000),
      'thousand',
    ),
    target: '',
  },
  { what: 'events told', result: String(told), target: '' },
  {
    what: 'allocated per kernel event',
    result: spread(
      allocated.map((each) => each / 1024),
      'KiB',
    ),
    target: '',
  },
  {
    what: 'kept per kernel event (log and tables)',
    result: spread(
      kept.map((each) => each / 1024),
      'KiB',
    ),
    target: '',
  },
]);

let text = '';
let now = START;
const writer = new RecordingWriter({
  write: (line) => (text += line),
  clocks: () => ({ boot: now, wall: now - START + WALL }),
  userName: () => null,
  redactSecrets: true,
});
const host = { name: 'bench', kernel: '', bootId: '' };
writer.header({ program: 'bench', host, ownPids: [], networkNamespace: null, criteria: settings.criteria });
const writing = process.hrtime.bigint();
for (const batch of batches) {
  now = batch.at(-1)?.time ?? now;
  writer.events(batch);
}
const wrote = Number(process.hrtime.bigint() - writing) / 1e9;

const reads: number[] = [];
const plays: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  let started = process.hrtime.bigint();
  const result = readRecordingNow('bench', text);
  reads.push(Number(process.hrtime.bigint() - started) / 1e9);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const run = new ReplayRun({
    recording: result.recording,
    settings,
    frames: { after: () => () => undefined },
    state: () => {
      throw new Error('no window is open');
    },
    notice,
  });
  await run.start();
  started = process.hrtime.bigint();
  while (run.nextAt !== null) await run.step();
  plays.push(Number(process.hrtime.bigint() - started) / 1e9);
  run.close();
}
const thousands = (seconds: readonly number[]): number[] => seconds.map((each) => EVENTS / each / 1000);
report(`A recording of ${String(EVENTS)} kernel events (${machine()})`, [
  { what: 'size', result: amount(text.length / 1024 / 1024, 'MiB'), target: '' },
  { what: 'written, events a second', result: amount(EVENTS / wrote / 1000, 'thousand'), target: '' },
  { what: 'read, steps a second', result: spread(thousands(reads), 'thousand'), target: '' },
  { what: 'played, steps a second', result: spread(thousands(plays), 'thousand'), target: '' },
]);

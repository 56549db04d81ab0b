import { describe, expect, it } from 'vitest';
import type { BindscopeEvent } from '../../contract/index.js';
import type { PipelineSettings } from '../pipeline.js';
import { Pipeline } from '../pipeline.js';
import { ReplayRun } from '../replay/replay-run.js';
import { closeOne, generator, listenOn, nextPid, pick } from '../testing/random-world.js';
import { criterion } from '../testing/scenario.js';
import { ScriptedInspector } from '../testing/scripted-inspector.js';
import { limitedState, NETNS, ScriptedKernel } from '../testing/scripted-kernel.js';
import { VirtualTime } from '../testing/virtual-time.js';
import { readRecordingNow } from './read-recording.js';
import { recordedInspector, recordedSource } from './tap.js';
import { RecordingWriter } from './write-recording.js';

const userName = (uid: number): string | null => (uid === 0 ? 'root' : null);

const settings: PipelineSettings = {
  criteria: [
    criterion('1000-1200'),
    criterion(null, null, {
      name: 'python',
      selectors: { languages: { syntax: 'glob', text: 'python' } },
    }),
    criterion(null, null, { name: 'unit', selectors: { unit: { syntax: 'glob', text: 'b.service' } } }),
  ],
  pollIntervalMs: 400,
  showOwnProcesses: false,
  countPortsAsBeyla: false,
};

/** A pipeline that is recorded. */
class Live {
  readonly time = new VirtualTime();
  readonly kernel = new ScriptedKernel(this.time);
  readonly inspector = new ScriptedInspector(this.time);
  readonly pipeline: Pipeline;
  recording = '';

  constructor(redactSecrets = true) {
    const writer = new RecordingWriter({
      write: (text) => (this.recording += text),
      clocks: () => this.pipeline.clocks(),
      userName,
      redactSecrets,
    });
    const host = { name: 'host', kernel: '6.18.0', bootId: 'boot' };
    this.pipeline = new Pipeline({
      source: recordedSource(this.kernel, writer),
      timers: this.time,
      settings,
      host,
      ownPids: [4000],
      ownNetworkNamespace: NETNS,
      userName,
      inspector: recordedInspector(this.inspector, writer),
      polling: (columns) => {
        writer.poll(columns);
      },
      notice: () => undefined,
    });
    writer.header({
      program: '1',
      host,
      ownPids: [4000],
      networkNamespace: NETNS,
      criteria: settings.criteria,
    });
  }

  events(): readonly BindscopeEvent[] {
    return this.pipeline.log.select({ kind: 'all' });
  }
}

const replayed = async (text: string): Promise<readonly BindscopeEvent[]> => {
  const result = readRecordingNow('r', text);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const run: ReplayRun = new ReplayRun({
    recording: result.recording,
    settings,
    frames: { after: () => () => undefined },
    state: () => ({ file: 'r', from: 0n, to: 0n, at: 0n, playing: true, speed: 1 }) as never,
    notice: () => undefined,
  });
  await run.start();
  while (run.nextAt !== null) await run.step();
  await run.finish();
  const events = run.pipeline.log.select({ kind: 'all' });
  run.close();
  return events;
};

/** Events without what a replay tells besides, and without their numbers, which differ by that. */
const comparable = (events: readonly BindscopeEvent[]): string[] =>
  events
    .filter(({ name }) => name !== 'poll.completed')
    .map((event) =>
      JSON.stringify({ ...event, seq: 0 }, (_key, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      ),
    );

const live = async (seed: number): Promise<Live> => {
  const random = generator(seed);
  const one = new Live();
  const { kernel, inspector, time } = one;
  kernel.snapshotMs = random(3) === 0 ? 0 : 1 + random(60);
  // No two things happen in the same nanosecond, as on a real clock: their order would be anybody's guess.
  kernel.deliveryMs = random(3) * 0.811_003;
  if (random(4) === 0) {
    kernel.source = 'proc';
    kernel.state = limitedState;
    kernel.mute = true;
  }
  inspector.delayMs = random(30) + 0.370_007;
  inspector.languages.set('/bin/b', 'python');
  let pid = 100;
  kernel.fork(4000, { exe: '/opt/bindscope' });
  kernel.bind(kernel.fork(50, { uid: 0, exe: null, args: ['x', '--password', 'hunter2'] }), 1100);
  await one.pipeline.start();
  await time.advance(300);
  for (let step = 0; step < 120; step += 1) {
    const process = pick(random, kernel.processes);
    const socket = pick(random, kernel.sockets);
    switch (random(11)) {
      case 0:
        pid = nextPid(kernel, pid);
        if (kernel.processes.length >= 30) break;
        inspector.placements.set(pid, {
          cgroup: '/b',
          unit: pid % 2 === 0 ? 'b.service' : null,
          container: null,
        });
        kernel.exec(
          kernel.fork(pid, { parentPid: 1, exeFile: { device: 1, inode: BigInt(pid) } }),
          pid % 3 === 0 ? '/bin/b' : '/bin/c',
        );
        break;
      case 1:
      case 2:
        if (process === undefined) break;
        kernel.bind(process, 1000 + random(400), {
          transport: random(3) === 0 ? 'udp' : 'tcp',
          ...(random(3) === 0 ? { family: 'ipv6', address: '::1' } : {}),
        });
        break;
      case 3:
      case 4:
        listenOn(kernel, socket, random);
        break;
      case 5:
        closeOne(kernel, socket);
        break;
      case 6:
        if (process !== undefined && process.pid !== 4000) kernel.exit(process, random(3) === 0 ? 9 : 256);
        break;
      case 7:
        if (process !== undefined) kernel.failBind(process, 1000 + random(400), random(2) === 0 ? 98 : 13);
        break;
      case 8:
        if (process !== undefined && socket !== undefined) kernel.share(socket, process);
        break;
      case 9:
        if (process !== undefined) kernel.autobind(process, 1000 + random(400));
        break;
      default:
        if (random(10) === 0)
          kernel.listener.lost({ where: 'kernel', count: 2, from: time.now, to: time.now });
        if (random(10) === 0) kernel.listener.gap({ from: time.now - 5n, to: time.now });
        await time.advance(random(300));
    }
    await time.advance(random(4) + random(1000) / 1009 + 0.000_1);
  }
  await time.advance(1000);
  return one;
};

describe('a run over a recording', () => {
  it.each(Array.from({ length: 25 }, (_, seed) => seed))(
    'tells the events of the live run, seed %i',
    async (seed) => {
      const one = await live(seed);
      const expected = comparable(one.events()).map((line) => line.replace('"hunter2"', '"[REDACTED]"'));
      expect(comparable(await replayed(one.recording))).toEqual(expected);
      expect(one.events().length).toBeGreaterThan(10);
      one.pipeline.close();
    },
  );

  it('holds no secrets of command lines unless asked to', async () => {
    const [redacted, open] = [new Live(), new Live(false)];
    for (const one of [redacted, open]) {
      one.kernel.fork(7, { args: ['x', '--password', 'hunter2'] });
      await one.pipeline.start();
      await one.time.advance(300);
      one.kernel.bind(one.kernel.fork(8, { args: ['--token=hunter2'] }), 80);
      one.pipeline.close();
    }
    expect(redacted.recording).not.toContain('hunter2');
    expect(open.recording.match(/hunter2/g)).toHaveLength(2);
  });

  it('polls after the first hold only what differs', async () => {
    const one = new Live();
    for (let pid = 100; pid < 400; pid += 1) one.kernel.fork(pid);
    await one.pipeline.start();
    await one.time.advance(300);
    const first = one.recording.length;
    const busy = one.kernel.processes[7];
    if (busy !== undefined) busy.args = ['other'];
    await one.time.advance(450);
    const polls = one.recording
      .slice(first)
      .trimEnd()
      .split('\n')
      .flatMap((line) => (JSON.parse(line) as { poll?: unknown }).poll ?? []);
    expect(polls).toMatchObject([{ changed: [{ args: ['other'] }], gone: [] }]);
    one.pipeline.close();
  });

  it('the wall clock that was set is set in the replay too', async () => {
    const one = new Live();
    const clocks = one.kernel.clocks.bind(one.kernel);
    await one.pipeline.start();
    await one.time.advance(300);
    one.kernel.clocks = () => {
      const { boot, wall } = clocks();
      return { boot, wall: wall + 3_600_000_000_000n };
    };
    await one.time.advance(1000);
    one.kernel.serve(one.kernel.fork(7), 80);
    await one.time.advance(1000);
    expect(comparable(await replayed(one.recording))).toEqual(comparable(one.events()));
    one.pipeline.close();
  });
});

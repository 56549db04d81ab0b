import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineMessage, FileId, ProcessKey } from '../contract/index.js';
import { LOOK_MS } from './enricher/enricher.js';
import type { PipelineSettings } from './pipeline.js';
import { brief, criterion, Scenario } from './testing/scenario.js';
import { ScriptedInspector } from './testing/scripted-inspector.js';
import { fullState } from './testing/scripted-kernel.js';
import { VirtualTime } from './testing/virtual-time.js';

const file = (inode: number): FileId => ({ device: 1, inode: BigInt(inode) });
const glob = (text: string) => ({ syntax: 'glob', text }) as const;
const speaks = (language: string) => criterion(null, null, { selectors: { languages: glob(language) } });
const inUnit = (unit: string) => criterion(null, null, { selectors: { unit: glob(unit) } });

let time: VirtualTime;
let inspector: ScriptedInspector;
beforeEach(() => {
  time = new VirtualTime();
  inspector = new ScriptedInspector(time);
});

const scenario = async (settings: Partial<PipelineSettings> = {}): Promise<Scenario> => {
  const made = new Scenario({ ...settings, inspector, time });
  made.kernel.state = fullState;
  await made.start();
  made.fresh();
  return made;
};

const infoOf = (made: Scenario, pid: number) =>
  made.pipeline.processes().find((process) => process.pid === pid);

const briefs = (made: Scenario): string[] => made.fresh().map(brief);

describe('which processes are looked at', () => {
  it('one that binds a port, once, and not one that does not', async () => {
    const made = await scenario();
    made.kernel.fork(8, { exe: '/bin/idle', exeFile: file(8) });
    const server = made.kernel.fork(7, { exe: '/bin/a', exeFile: file(7) });
    made.kernel.bind(server, 80);
    await made.time.advance(0);
    expect(inspector.asked).toEqual(['type /bin/a', 'placement 7']);
    await made.poll();
    await made.poll();
    expect(inspector.asked).toHaveLength(2);
    expect(infoOf(made, 7)?.executableType).toMatchObject({ language: 'cpp' });
    expect(infoOf(made, 8)?.executableType).toBeNull();
  });

  it('one that was there already, when it binds a port', async () => {
    const made = await scenario({ pollIntervalMs: null });
    const process = made.kernel.fork(7, { exe: '/bin/a', exeFile: file(7) });
    made.kernel.exec(process, '/bin/a');
    await made.time.advance(0);
    expect(inspector.asked).toEqual([]);
    made.kernel.bind(process, 80);
    await made.time.advance(0);
    expect(inspector.asked).toEqual(['type /bin/a', 'placement 7']);
  });

  it('every one, where a criterion asks for languages, and no more than it asks for', async () => {
    const made = await scenario({ criteria: [speaks('go')] });
    made.kernel.fork(8, { exe: '/bin/idle', exeFile: file(8) });
    await made.poll();
    expect(inspector.asked).toEqual(['type /bin/idle']);
  });

  it('those that are there already, when such a criterion comes', async () => {
    const made = await scenario();
    made.kernel.fork(8, { exe: '/bin/idle', exeFile: file(8) });
    await made.poll();
    expect(inspector.asked).toEqual([]);
    made.configure({ criteria: [inUnit('*.service')] });
    await made.time.advance(0);
    expect(inspector.asked).toEqual(['placement 8']);
  });

  it('one that is explained', async () => {
    const made = await scenario();
    made.kernel.fork(8, { exe: '/bin/idle', exeFile: file(8) });
    await made.poll();
    const key = infoOf(made, 8)?.key ?? ('' as ProcessKey);
    expect(made.pipeline.explain(key).process?.executableType).toBeNull();
    await made.time.advance(0);
    expect(inspector.asked).toEqual(['type /bin/idle', 'placement 8']);
    expect(made.pipeline.explain(key).process?.executableType).toMatchObject({ language: 'cpp' });
  });

  it('not our own, while they are hidden', async () => {
    time = new VirtualTime();
    inspector = new ScriptedInspector(time);
    const made = new Scenario({ criteria: [speaks('*')], ownPids: [9], inspector, time });
    await made.start();
    made.kernel.bind(made.kernel.fork(9, { exe: '/bin/own', exeFile: file(9) }), 90);
    await made.poll();
    expect(inspector.asked).toEqual([]);
  });
});

describe('what comes of it', () => {
  it('a criterion of languages selects as soon as the language is known', async () => {
    inspector.languages.set('/bin/app', 'go');
    inspector.delayMs = 40;
    const made = await scenario({ criteria: [speaks('go')] });
    made.kernel.bind(made.kernel.fork(7, { exe: '/bin/app', exeFile: file(7) }), 80);
    await made.time.advance(39);
    expect(briefs(made)).toEqual(['process.created pid 7 ebpf', 'socket.bound 80 pid 7 ebpf']);
    await made.time.advance(2);
    expect(briefs(made)).toEqual(['match.started pid 7 web poll']);
  });

  it('a process that lives a moment is matched at once, if its executable was seen before', async () => {
    inspector.languages.set('/bin/app', 'go');
    inspector.delayMs = 40;
    const made = await scenario({ criteria: [speaks('go')] });
    made.kernel.bind(made.kernel.fork(7, { exe: '/bin/app', exeFile: file(7) }), 80);
    await made.time.advance(100);
    made.fresh();
    const brief7 = made.kernel.fork(8, { exe: '/bin/app', exeFile: file(7) });
    made.kernel.bind(brief7, 81);
    made.kernel.exit(brief7);
    await made.time.advance(0);
    expect(briefs(made)).toEqual(
      expect.arrayContaining(['match.started pid 8 web ebpf', 'match.ended pid 8 web process deleted ebpf']),
    );
  });

  it('an exclusion by unit keeps a process out, and is waited for', async () => {
    inspector.delayMs = 40;
    inspector.placements.set(7, { cgroup: '/a', unit: 'quiet.service', container: null });
    const out = criterion(null, null, { name: 'out', exclude: true, selectors: { unit: glob('quiet.*') } });
    const made = await scenario({ criteria: [criterion('80-81'), out] });
    made.kernel.serve(made.kernel.fork(7, { exe: '/bin/a', exeFile: file(7) }), 80);
    await made.time.advance(1000);
    expect(made.named('match.started')).toEqual([]);
    expect(infoOf(made, 7)?.placement?.unit).toBe('quiet.service');
  });

  it('windows are told of the process with what was learned', async () => {
    inspector.languages.set('/bin/app', 'python');
    inspector.delayMs = 40;
    const made = await scenario();
    const messages: EngineMessage[] = [];
    const window = made.pipeline.openWindow((message) => messages.push(message));
    made.kernel.bind(made.kernel.fork(7, { exe: '/bin/app', exeFile: file(7) }), 80);
    for (let turn = 0; turn < 10; turn += 1) {
      await made.time.advance(20);
      for (const message of messages)
        if (message.type === 'batch') window.receive({ type: 'ack', id: message.id });
    }
    const told = messages.flatMap((message) => (message.type === 'batch' ? message.upsert.processes : []));
    expect(told.filter(({ pid }) => pid === 7).at(-1)).toMatchObject({
      executableType: { language: 'python' },
      placement: { cgroup: '/' },
    });
  });
});

describe('answers that come too late', () => {
  it('are dropped when the process is gone, and when its PID is another’s', async () => {
    inspector.delayMs = 40;
    inspector.forgetful = true;
    inspector.languages.set('/bin/first', 'go');
    const made = await scenario({ criteria: [speaks('go')] });
    const first = made.kernel.fork(7, { exe: '/bin/first', exeFile: file(1) });
    made.kernel.bind(first, 80);
    await made.time.advance(10);
    made.kernel.exit(first);
    made.kernel.bind(made.kernel.fork(7, { exe: '/bin/second', exeFile: file(2) }), 80);
    await made.time.advance(100);
    expect(made.named('match.started')).toEqual([]);
    expect(infoOf(made, 7)).toMatchObject({ executable: '/bin/second', executableType: { language: 'cpp' } });
  });

  it('are dropped when the process runs another program by then, which is looked at in its turn', async () => {
    inspector.delayMs = 40;
    inspector.languages.set('/bin/first', 'go');
    inspector.languages.set('/bin/second', 'rust');
    const made = await scenario({ criteria: [speaks('go')] });
    const process = made.kernel.fork(7, { exe: '/bin/first', exeFile: file(1) });
    made.kernel.bind(process, 80);
    await made.time.advance(10);
    process.exeFile = file(2);
    made.kernel.exec(process, '/bin/second');
    await made.time.advance(200);
    expect(made.named('match.started')).toEqual([]);
    expect(infoOf(made, 7)?.executableType).toMatchObject({ language: 'rust' });
  });

  it('exec makes the type unknown until it is told anew', async () => {
    inspector.languages.set('/bin/first', 'go');
    const made = await scenario({ criteria: [speaks('go')] });
    const process = made.kernel.fork(7, { exe: '/bin/first', exeFile: file(1) });
    made.kernel.bind(process, 80);
    await made.time.advance(0);
    expect(made.named('match.started')).toHaveLength(1);
    process.exeFile = file(2);
    made.kernel.exec(process, '/bin/second');
    await made.time.advance(0);
    expect(made.named('match.ended')).toHaveLength(1);
    expect(infoOf(made, 7)?.executableType).toMatchObject({ language: 'cpp' });
  });
});

describe('a process that is moved to another cgroup', () => {
  const place = (unit: string) => ({ cgroup: `/${unit}`, unit, container: null });

  it.each(['exec', 'poll'])('is placed anew when %s shows it', async (shownBy) => {
    inspector.placements.set(7, place('before.service'));
    const made = await scenario();
    const process = made.kernel.fork(7, { exe: '/bin/a', exeFile: file(7), cgroupId: 1n });
    made.kernel.serve(process, 80);
    await made.time.advance(0);
    expect(infoOf(made, 7)?.placement?.unit).toBe('before.service');
    inspector.placements.set(7, place('after.service'));
    process.cgroupId = 2n;
    if (shownBy === 'exec') made.kernel.exec(process, '/bin/a');
    else await made.poll();
    await made.time.advance(0);
    expect(infoOf(made, 7)?.placement?.unit).toBe('after.service');
  });
});

describe('never blocks the pipeline', () => {
  it('events flow while the inspector does not answer', async () => {
    inspector.hangs = true;
    const made = await scenario({ criteria: [criterion('80'), speaks('go')] });
    for (let pid = 10; pid < 60; pid += 1) {
      made.kernel.serve(
        made.kernel.fork(pid, { exe: `/bin/${String(pid)}`, exeFile: file(pid) }),
        1000 + pid,
      );
    }
    made.kernel.serve(made.kernel.fork(7, { exe: '/bin/a', exeFile: file(7) }), 80);
    await made.time.advance(0);
    expect(made.named('socket.listening')).toHaveLength(51);
    expect(made.named('match.started').map(({ process }) => process.pid)).toEqual([7]);
  });

  it('what is not answered becomes unknown in the end, with the reason', async () => {
    inspector.hangs = true;
    const made = await scenario({ criteria: [speaks('*')] });
    for (let pid = 10; pid < 30; pid += 1) {
      made.kernel.serve(
        made.kernel.fork(pid, { exe: `/bin/${String(pid)}`, exeFile: file(pid) }),
        1000 + pid,
      );
    }
    const known = made.pipeline.factsKnown();
    await made.time.advance(LOOK_MS * 6);
    await known;
    for (const process of made.pipeline.processes()) {
      expect(process.executableType).toMatchObject({
        language: 'unknown',
        reason: expect.stringContaining('10 s') as string,
      });
      expect(process.placement).toEqual({ cgroup: null, unit: null, container: null });
    }
    expect(made.named('match.started')).toHaveLength(20);
  });

  it('an inspector that fails against its contract leaves the fact unknown', async () => {
    inspector.executableType = () => Promise.reject(new Error('broken'));
    const made = await scenario();
    made.kernel.serve(made.kernel.fork(7, { exe: '/bin/a', exeFile: file(7) }), 80);
    await made.time.advance(0);
    expect(infoOf(made, 7)?.executableType).toMatchObject({ language: 'unknown' });
  });

  it('thousands are looked at a few at a time, and none is forgotten', async () => {
    inspector.delayMs = 1;
    inspector.forgetful = true;
    const made = await scenario({ criteria: [speaks('go')], pollIntervalMs: null });
    for (let pid = 10; pid < 3010; pid += 1) {
      made.kernel.fork(pid, { exe: `/bin/${String(pid)}`, exeFile: file(pid) });
    }
    made.pipeline.setRecording(false);
    made.pipeline.setRecording(true);
    await made.time.advance(2000);
    await made.pipeline.factsKnown();
    expect(inspector.mostAtOnce).toBeLessThanOrEqual(8);
    expect(inspector.asked).toHaveLength(3000);
    expect(made.pipeline.processes().every(({ executableType }) => executableType !== null)).toBe(true);
  });

  it('nothing is asked any more once it is closed', async () => {
    inspector.delayMs = 40;
    const made = await scenario({ criteria: [speaks('go')] });
    for (let pid = 10; pid < 60; pid += 1) {
      made.kernel.serve(
        made.kernel.fork(pid, { exe: `/bin/${String(pid)}`, exeFile: file(pid) }),
        1000 + pid,
      );
    }
    const asked = inspector.asked.length;
    made.pipeline.close();
    await made.pipeline.factsKnown();
    await made.time.advance(1000);
    expect(inspector.asked).toHaveLength(asked);
    expect(made.time.pending).toBe(0);
  });

  it('an answer that comes after the close is nobody’s', async () => {
    inspector.hangs = true;
    const made = await scenario({ criteria: [speaks('go')] });
    made.kernel.serve(made.kernel.fork(7, { exe: '/bin/a', exeFile: file(7) }), 80);
    await made.time.advance(0);
    made.pipeline.close();
    expect(made.time.pending).toBe(0);
  });
});

it('without an inspector every fact is known at once, as not to be had', async () => {
  const made = new Scenario({ criteria: [speaks('unknown')] });
  await made.start();
  made.kernel.serve(made.kernel.fork(7, { exe: '/bin/a', exeFile: file(7) }), 80);
  await made.time.advance(0);
  expect(infoOf(made, 7)?.executableType).toMatchObject({ language: 'unknown' });
  expect(made.named('match.started')).toHaveLength(1);
});

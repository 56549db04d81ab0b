import { existsSync } from 'node:fs';
import { mkdir, rmdir, unlink, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { BootNs, InspectedProcess, Pid } from '../../contract/index.js';
import { createProcessInspector } from '../inspect/process-inspector.js';
import { Actor, buildActor } from './actor.js';
import { Recorder, isRoot, processRow } from './recorder.js';

/** Roots of the cgroup v2 tree on machines that have it, alone or beside the first version. */
const root = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((path) => existsSync(`${path}/cgroup.procs`));

describe.skipIf(!isRoot)('processes as the running kernel tells them (needs root)', () => {
  let actorProgram: Awaited<ReturnType<typeof buildActor>>;
  let recorder: Recorder;
  let actor: Actor | null = null;

  beforeAll(async () => {
    actorProgram = await buildActor();
    recorder = new Recorder();
    await recorder.connect();
  });
  afterAll(async () => {
    recorder.watcher.close();
    await actorProgram.remove();
  });
  afterEach(async () => {
    await actor?.end('SIGKILL');
    actor = null;
  });

  const told = async (pid: number): Promise<InspectedProcess> => {
    const row = processRow(await recorder.watcher.snapshot(), pid);
    if (row === null) throw new Error(`no row of process ${String(pid)}`);
    return {
      pid: pid as Pid,
      startTime: (row.startTime ?? 0n) as BootNs,
      executable: row.executable,
      executableFile: { device: row.executableDevice ?? 0, inode: row.executableInode ?? 0n },
      cgroupId: row.cgroupId ?? 0n,
    };
  };

  test.runIf(root !== undefined)(
    'their cgroup ids are those of the directories, so that a cgroup is read once',
    async () => {
      const unit = `bindscope-test-${String(process.pid)}.service`;
      const directory = `${root ?? ''}/${unit}`;
      await mkdir(directory);
      try {
        actor = await Actor.start(actorProgram.program, ['--role', 'holder']);
        await writeFile(`${directory}/cgroup.procs`, String(actor.pid));
        const subject = await told(actor.pid);
        const inspector = createProcessInspector();
        const placement = await inspector.placement(subject);
        expect(placement).toEqual({ cgroup: `/${unit}`, unit, container: null });
        expect(inspector.knownPlacement(subject.cgroupId)).toBe(placement);
      } finally {
        await actor?.end('SIGKILL');
        await rmdir(directory);
      }
    },
  );

  test('their executables are told and remembered by the file that the kernel names, deleted or not', async () => {
    actor = await Actor.start(actorProgram.program, ['--role', 'holder']);
    const subject = await told(actor.pid);
    await unlink(actorProgram.program);
    const inspector = createProcessInspector();
    const type = await inspector.executableType(subject);
    expect(type).toMatchObject({ language: 'cpp' });
    expect(subject.executableFile && inspector.knownExecutableType(subject.executableFile)).toBe(type);
  });
});

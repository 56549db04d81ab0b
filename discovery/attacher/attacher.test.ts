import { describe, expect, it } from 'vitest';
import type { EngineMessageOf, PortActivity } from '../../contract/index.js';
import { criterion, Scenario } from '../testing/scenario.js';
import { NETNS } from '../testing/scripted-kernel.js';

const NODE = { exe: '/usr/bin/node', exeFile: { device: 8, inode: 42n } };

const counted = (port: number, counts: Partial<PortActivity> = {}): PortActivity => ({
  port,
  networkNamespace: NETNS,
  accepted: 0n,
  closed: 0n,
  bytesIn: 0n,
  bytesOut: 0n,
  ...counts,
});

/** A started scenario with a window that keeps the activity it is told. */
const watched = async (): Promise<{ s: Scenario; told: EngineMessageOf<'activity'>[] }> => {
  const s = new Scenario({ criteria: [criterion('8000-8999')], activity: true });
  await s.start();
  const told: EngineMessageOf<'activity'>[] = [];
  const window = s.pipeline.openWindow((message) => {
    if (message.type === 'activity') told.push(message);
    if (message.type === 'batch') queueMicrotask(() => window.receive({ type: 'ack', id: message.id }));
  });
  return { s, told };
};

const ports = (s: Scenario): number[] => [...s.kernel.watchedPorts].sort((a, b) => a - b);

describe('the attacher', () => {
  it('counts at the listening ports of matched processes, and at no others', async () => {
    const { s } = await watched();
    const web = s.kernel.fork(7, NODE);
    s.kernel.serve(web, 8080);
    s.kernel.serve(web, 9229);
    s.kernel.bind(web, 8081);
    s.kernel.bind(web, 8082, { transport: 'udp' });
    s.kernel.serve(s.kernel.fork(8), 5432);
    expect(ports(s)).toEqual([8080, 9229]);
  });

  it('attaches once per executable inode; the last instance leaving detaches', async () => {
    const { s } = await watched();
    const first = s.kernel.fork(7, NODE);
    const second = s.kernel.fork(8, NODE);
    s.kernel.serve(first, 8080);
    s.kernel.serve(second, 8090);
    expect([...s.pipeline.attachments]).toEqual([['8:42', 2]]);
    s.kernel.exit(first);
    expect([...s.pipeline.attachments]).toEqual([['8:42', 1]]);
    s.kernel.exit(second);
    expect([...s.pipeline.attachments]).toEqual([]);
    await s.time.advance(1000);
    expect(ports(s)).toEqual([]);
  });

  it('takes a process whose executable file is not known for one of its own', async () => {
    const { s } = await watched();
    s.kernel.serve(s.kernel.fork(7, { exe: null }), 8080);
    s.kernel.serve(s.kernel.fork(8, { exe: null }), 8090);
    expect([...s.pipeline.attachments.values()]).toEqual([1, 1]);
  });

  it('says once a second how the ports are doing, for matched processes only', async () => {
    const { s, told } = await watched();
    const web = s.kernel.fork(7, NODE);
    s.kernel.serve(web, 8080);
    s.kernel.serve(s.kernel.fork(8), 5432);
    s.kernel.activity = {
      at: s.time.now,
      ports: [
        counted(8080, { accepted: 3n, closed: 1n, bytesIn: 100n, bytesOut: 2000n }),
        counted(8080, { networkNamespace: 5, accepted: 99n }),
      ],
    };
    await s.time.advance(2000);
    expect(told).toHaveLength(2);
    expect(told[1]?.samples).toMatchObject([
      {
        port: 8080,
        networkNamespace: NETNS,
        accepted: 3,
        closed: 1,
        bytesIn: 100,
        bytesOut: 2000,
        shared: false,
        instances: 1,
      },
    ]);
  });

  it('says nothing where nothing counts, and goes on asking', async () => {
    const { s, told } = await watched();
    s.kernel.serve(s.kernel.fork(7, NODE), 8080);
    await s.time.advance(2000);
    expect(told).toEqual([]);
    s.kernel.activity = { at: s.time.now, ports: [] };
    await s.time.advance(1000);
    expect(told[0]?.samples).toMatchObject([{ port: 8080, accepted: 0 }]);
  });

  it('calls a port shared when another process listens there too', async () => {
    const { s, told } = await watched();
    const master = s.kernel.fork(7, NODE);
    const socket = s.kernel.serve(master, 8080);
    const worker = s.kernel.fork(8, { ...NODE, parentPid: 7 });
    s.kernel.share(socket, worker);
    s.kernel.activity = { at: s.time.now, ports: [] };
    await s.poll();
    await s.time.advance(1000);
    expect(told.at(-1)?.samples.map(({ shared, instances }) => [shared, instances])).toEqual([
      [true, 2],
      [true, 2],
    ]);
  });

  it('follows a process that is matched still after an exec to the new executable', async () => {
    const { s } = await watched();
    const web = s.kernel.fork(7, NODE);
    s.kernel.serve(web, 8080);
    web.exeFile = { device: 8, inode: 43n };
    s.kernel.exec(web, '/usr/bin/deno');
    await s.time.advance(1000);
    expect([...s.pipeline.attachments]).toEqual([['8:43', 1]]);
  });

  it('detaches when the criteria select the process no more', async () => {
    const { s } = await watched();
    s.kernel.serve(s.kernel.fork(7, NODE), 8080);
    s.configure({ criteria: [] });
    expect(ports(s)).toEqual([]);
    expect(s.time.pending).toBeLessThanOrEqual(2);
  });

  it('counts from anew when another helper serves', async () => {
    const { s, told } = await watched();
    s.kernel.serve(s.kernel.fork(7, NODE), 8080);
    s.kernel.activity = { at: s.time.now, ports: [] };
    await s.time.advance(1000);
    const before = told.at(-1)?.samples[0]?.since ?? 0n;
    s.kernel.listener.state({ ...s.kernel.state, helper: 'restarting' });
    s.kernel.listener.state(s.kernel.state);
    await s.time.advance(1000);
    expect(told.at(-1)?.samples[0]?.since).toBeGreaterThan(before);
  });
});

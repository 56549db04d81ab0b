import { describe, expect, it } from 'vitest';
import type { EngineMessage, EngineMessageOf } from '../../contract/index.js';
import { EngineMessage as EngineMessageSchema } from '../../contract/index.js';
import { criterion, Scenario } from '../testing/scenario.js';
import { EVENTS_AT_CONNECT, FRAME_MS, MOST_PENDING_EVENTS } from './window-stream.js';

/** A window that keeps what it is sent, acknowledges when told to, and builds the tables. */
class Window {
  readonly messages: EngineMessage[] = [];
  readonly sockets = new Map<string, string>();
  readonly processes = new Set<number>();
  readonly matches = new Set<string>();
  readonly seqs: number[] = [];
  skipped = 0;
  autoAck = true;
  readonly #port: ReturnType<Scenario['pipeline']['openWindow']>;

  constructor(s: Scenario) {
    const early: EngineMessage[] = [];
    let receive = (message: EngineMessage): void => {
      early.push(message);
    };
    this.#port = s.pipeline.openWindow((message) => {
      // As a structured clone would, and only what the contract allows.
      receive(EngineMessageSchema.parse(message));
    });
    receive = (message) => {
      this.#take(message);
    };
    for (const message of early) this.#take(message);
  }

  get batches(): EngineMessageOf<'batch'>[] {
    return this.messages.filter((message) => message.type === 'batch');
  }

  ack(): void {
    const last = this.batches.at(-1);
    if (last !== undefined) this.#port.receive({ type: 'ack', id: last.id });
  }

  close(): void {
    this.#port.close();
  }

  say(...message: Parameters<ReturnType<Scenario['pipeline']['openWindow']>['receive']>): void {
    this.#port.receive(...message);
  }

  #take(message: EngineMessage): void {
    this.messages.push(message);
    if (message.type !== 'connected' && message.type !== 'batch') return;
    const tables = message.type === 'connected' ? message : message.upsert;
    for (const { socket } of tables.sockets) this.sockets.set(socket.key, socket.state);
    for (const { pid } of tables.processes) this.processes.add(pid);
    for (const match of tables.matches) this.matches.add(match.process);
    for (const { seq } of message.events) this.seqs.push(seq);
    if (message.type !== 'batch') return;
    for (const key of message.remove.sockets) expect(this.sockets.delete(key)).toBe(true);
    for (const key of message.remove.processes) this.processes.delete(Number(key.split(':')[0]));
    for (const key of message.remove.matches) expect(this.matches.delete(key)).toBe(true);
    this.skipped += message.skipped;
    if (this.autoAck) queueMicrotask(() => this.#port.receive({ type: 'ack', id: message.id }));
  }
}

const started = async (): Promise<Scenario> => {
  const s = new Scenario({ criteria: [criterion('8080')] });
  s.kernel.fork(1, { parentPid: 0 });
  await s.start();
  return s;
};

describe('the stream to a window', () => {
  it('begins with everything as it is', async () => {
    const s = await started();
    s.kernel.serve(s.kernel.fork(7, { parentPid: 1 }), 8080);
    s.kernel.fork(8);
    const window = new Window(s);
    const [connected] = window.messages;
    expect(connected).toMatchObject({ type: 'connected', criteria: [{ name: 'web' }], problems: [] });
    expect([...window.sockets.values()]).toEqual(['listening']);
    expect(window.matches.size).toBe(1);
    expect(window.seqs).toEqual(s.all().map(({ seq }) => seq));
    // The holder and its ancestors; not who has nothing to do with a socket.
    expect([...window.processes].sort()).toEqual([1, 7]);
  });

  it('then sends what changed at once, each socket, process and match once', async () => {
    const s = await started();
    const window = new Window(s);
    const process = s.kernel.fork(7);
    s.kernel.serve(process, 8080);
    await s.time.advance(FRAME_MS);
    expect([...window.sockets.values()]).toEqual(['listening']);
    expect([...window.processes].sort()).toEqual([1, 7]);
    expect(window.matches.size).toBe(1);
    s.kernel.exit(process);
    await s.time.advance(2 * FRAME_MS);
    expect(window.sockets.size).toBe(0);
    expect(window.processes.size).toBe(0);
    expect(window.matches.size).toBe(0);
    expect(window.seqs).toEqual(s.all().map(({ seq }) => seq));
  });

  it('each batch only once the one before was acknowledged; changes between are coalesced', async () => {
    const s = await started();
    const window = new Window(s);
    window.autoAck = false;
    const process = s.kernel.fork(7);
    const first = s.kernel.bind(process, 8080);
    expect(window.batches).toHaveLength(1);
    for (let port = 9000; port < 9100; port += 1) s.kernel.close1(process, s.kernel.serve(process, port));
    s.kernel.listen(process, first);
    await s.time.advance(1000);
    expect(window.batches).toHaveLength(1);
    window.ack();
    expect(window.batches).toHaveLength(2);
    const [, second] = window.batches;
    expect(second?.upsert.sockets.map(({ socket }) => socket.port)).toEqual([8080]);
    expect(second?.remove.sockets).toEqual([]);
    expect([...window.sockets.values()]).toEqual(['listening']);
    window.ack();
    expect(window.seqs).toEqual(s.all().map(({ seq }) => seq));
  });

  it('at most one a frame, however fast the window is', async () => {
    const s = await started();
    const window = new Window(s);
    const process = s.kernel.fork(7);
    for (let port = 2000; port < 2100; port += 1) {
      s.kernel.bind(process, port);
      await s.time.advance(1);
    }
    expect(window.batches.length).toBeLessThanOrEqual(Math.ceil(100 / FRAME_MS) + 1);
    await s.time.advance(FRAME_MS);
    expect(window.sockets.size).toBe(100);
  });

  it('an acknowledgement of another batch is none', async () => {
    const s = await started();
    const window = new Window(s);
    window.autoAck = false;
    const process = s.kernel.fork(7);
    s.kernel.bind(process, 1000);
    window.say({ type: 'ack', id: 77 });
    s.kernel.bind(process, 1001);
    await s.time.advance(100);
    expect(window.batches).toHaveLength(1);
  });

  it('events that a slow window cannot take are skipped and counted; the newest come', async () => {
    const s = await started();
    const window = new Window(s);
    window.autoAck = false;
    const process = s.kernel.fork(7);
    s.kernel.bind(process, 999, { transport: 'udp' });
    const before = window.seqs.length;
    for (let count = 0; count < MOST_PENDING_EVENTS + 500; count += 1) s.kernel.exec(process, '/bin/b');
    window.autoAck = true;
    window.ack();
    await s.time.advance(1000);
    expect(window.skipped).toBe(500);
    expect(window.seqs.length - before).toBe(MOST_PENDING_EVENTS);
    expect(window.seqs.at(-1)).toBe(s.pipeline.log.appended);
  });

  it('sends nothing while nothing changes', async () => {
    const s = await started();
    const window = new Window(s);
    const before = window.messages.length;
    await s.time.advance(4000);
    expect(window.messages.length).toBe(before);
  });

  it('the status comes with what changed in it', async () => {
    const s = await started();
    const window = new Window(s);
    s.kernel.listener.lost({ where: 'queue', count: 4, from: 0n, to: 1n });
    await s.time.advance(FRAME_MS);
    expect(window.batches.at(-1)?.status?.lost).toEqual({ kernel: 0, skipped: 0, queue: 4 });
    window.say({ type: 'set_recording', recording: false });
    await s.time.advance(FRAME_MS);
    expect(window.batches.at(-1)?.status?.recording).toBe(false);
  });

  it('several windows get the same, each at its pace; a closed one gets nothing', async () => {
    const s = await started();
    const [slow, quick, closed] = [new Window(s), new Window(s), new Window(s)];
    slow.autoAck = false;
    closed.close();
    const process = s.kernel.fork(7);
    for (let port = 1000; port < 1010; port += 1) {
      s.kernel.bind(process, port);
      await s.time.advance(FRAME_MS);
    }
    expect(quick.sockets.size).toBe(10);
    expect(slow.sockets.size).toBe(1);
    expect(closed.messages).toHaveLength(1);
    slow.ack();
    expect(slow.sockets.size).toBe(10);
  });

  it('criteria: those in force and their problems; matches follow', async () => {
    const s = await started();
    s.kernel.serve(s.kernel.fork(7), 3000);
    const window = new Window(s);
    s.configure({
      criteria: [criterion('8080', null, { id: 'web' }), criterion('3000-', null, { id: 'new' })],
    });
    const said = window.messages.findLast((message) => message.type === 'criteria');
    expect(said).toMatchObject({
      criteria: [{ id: 'web' }],
      problems: [{ criterionId: 'new', field: 'openPorts', position: 5 }],
    });
    s.configure({
      criteria: [criterion('8080', null, { id: 'web' }), criterion('3000-3001', null, { id: 'new' })],
    });
    await s.time.advance(FRAME_MS);
    expect(window.matches.size).toBe(1);
    s.configure({ criteria: [] });
    await s.time.advance(FRAME_MS);
    expect(window.matches.size).toBe(0);
  });

  it('answers explain', async () => {
    const s = await started();
    s.kernel.serve(s.kernel.fork(7), 8080);
    const window = new Window(s);
    const key = s.pipeline.sockets()[0]?.holders[0];
    window.say({ type: 'explain', request: 5, process: key ?? ('' as never) });
    expect(window.messages.slice(1)).toMatchObject([
      { type: 'explained', request: 5, process: { pid: 7 }, verdict: { evaluations: [{ held: true }] } },
    ]);
  });

  it('a window that connects late gets the newest events only', async () => {
    const s = await started();
    const process = s.kernel.fork(7);
    s.kernel.bind(process, 80);
    for (let count = 0; count < EVENTS_AT_CONNECT + 100; count += 1) s.kernel.exec(process, '/bin/b');
    const window = new Window(s);
    expect(window.seqs).toHaveLength(EVENTS_AT_CONNECT);
    expect(window.seqs.at(-1)).toBe(s.pipeline.log.appended);
  });
});

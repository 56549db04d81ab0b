import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConfigurationProblem, EngineMessage, EngineNotice, ReplayState } from '../../contract/index.js';
import { defaultSettings, EngineNotice as EngineNoticeSchema } from '../../contract/index.js';
import { Pipeline } from '../../discovery/pipeline.js';
import { criterion } from '../../discovery/testing/scenario.js';
import { limitedState, ScriptedKernel } from '../../discovery/testing/scripted-kernel.js';
import { VirtualTime } from '../../discovery/testing/virtual-time.js';
import type { WindowPort } from './engine.js';
import { Engine } from './engine.js';
import type { OpenReplay } from './replay-host.js';

class FakePort implements WindowPort {
  readonly received: EngineMessage[] = [];
  started = false;
  say: (message: unknown) => void = () => undefined;
  close: () => void = () => undefined;

  postMessage(message: EngineMessage): void {
    this.received.push(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.say = listener;
  }

  onClose(listener: () => void): void {
    this.close = listener;
  }

  start(): void {
    this.started = true;
  }
}

/** Shows nothing but that a window is connected to it. */
class FakeReplay {
  readonly notes: readonly ConfigurationProblem[] = [
    { file: 'morning.ndjson', line: 9, column: 1, message: 'the last line is cut short' },
  ];
  configured: unknown[] = [];
  closed = false;

  constructor(readonly file: string) {}

  openWindow(send: (message: EngineMessage) => void) {
    const at = 5n as ReplayState['at'];
    send({
      type: 'replay',
      replay: { file: this.file, from: at, to: at, at, playing: false, speed: 1 },
    });
    return { receive: () => undefined, close: () => undefined };
  }

  configure(settings: unknown): void {
    this.configured.push(settings);
  }

  export() {
    return {
      total: 1,
      chunks: (function* () {
        yield { text: 'of the replay\n', events: 1 };
      })(),
    };
  }

  close(): void {
    this.closed = true;
  }
}

const noReplay: OpenReplay = () => Promise.reject(new Error('not asked for'));

describe('the engine', () => {
  let time: VirtualTime;
  let kernel: ScriptedKernel;
  let notices: EngineNotice[];
  let engine: Engine;
  let openReplay: OpenReplay;
  /** Sizes of the ring buffer, as they came into force. */
  let inForce: number[];
  const exit = vi.fn();
  const settings = { ...defaultSettings, askForFullView: false, criteria: [criterion('80')] };
  const start = { type: 'start', settings, ownPids: [3], gapSince: null };

  beforeEach(() => {
    time = new VirtualTime();
    kernel = new ScriptedKernel(time);
    notices = [];
    exit.mockReset();
    openReplay = noReplay;
    inForce = [];
    engine = new Engine({
      createPipeline: (options) =>
        new Pipeline({
          ...options,
          source: kernel,
          timers: time,
          host: { name: 'h', kernel: 'k', bootId: 'b' },
          ownNetworkNamespace: 1,
          userName: () => null,
        }),
      openReplay: (options) => openReplay(options),
      settings: ({ ringBytes }) => inForce.push(ringBytes),
      tell: (notice) => notices.push(EngineNoticeSchema.parse(notice)),
      exit,
    });
  });

  it('tells of settings before a pipeline is made, and of every change', () => {
    engine.receive({ ...start, settings: { ...settings, ringBytes: 1 << 20 } }, []);
    engine.receive({ type: 'configure', settings: { ...settings, ringBytes: 1 << 26 } }, []);
    expect(inForce).toEqual([1 << 20, 1 << 26]);
  });

  it('starts, and gives windows that came before or after everything', async () => {
    const [early, late] = [new FakePort(), new FakePort()];
    engine.receive({ type: 'connect' }, [early]);
    expect(early.received).toEqual([]);
    engine.receive(start, []);
    await time.advance(300);
    engine.receive({ type: 'connect' }, [late]);
    expect(notices).toEqual([{ type: 'started' }]);
    expect(early.received[0]?.type).toBe('connected');
    expect(late.received[0]?.type).toBe('connected');
    expect([early.started, late.started]).toEqual([true, true]);
  });

  it.each([
    [null],
    ['start'],
    [{ type: 'start' }],
    [{ type: 'reboot' }],
    [{ ...start, settings: { ...settings, pollIntervalMs: 1 } }],
    [{ type: 'export', id: -1, path: '/x', request: {} }],
  ])('refuses %j of main and logs it', (message) => {
    engine.receive(message, []);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({ type: 'log', level: 'warn' });
    expect(JSON.stringify(notices[0])).toContain('Refused a message from the main process');
  });

  it('refuses what a window says in the wrong shape; a flood of it is not logged one by one', async () => {
    const port = new FakePort();
    engine.receive(start, []);
    engine.receive({ type: 'connect' }, [port]);
    await time.advance(10);
    for (let count = 0; count < 100; count += 1) port.say({ type: 'ack', id: 'x' });
    const logs = notices.filter(({ type }) => type === 'log');
    expect(logs).toHaveLength(20);
    expect(JSON.stringify(logs[0])).toContain('a window: id');
    port.say({ type: 'explain', request: 1, process: '1:1' });
    expect(port.received.at(-1)).toMatchObject({ type: 'explained', request: 1 });
  });

  it('a window that closed gets nothing more', async () => {
    const port = new FakePort();
    engine.receive(start, []);
    engine.receive({ type: 'connect' }, [port]);
    await time.advance(300);
    port.close();
    const before = port.received.length;
    kernel.serve(kernel.fork(7), 80);
    await time.advance(100);
    expect(port.received.length).toBe(before);
  });

  it('puts settings into force', async () => {
    const port = new FakePort();
    engine.receive(start, []);
    engine.receive({ type: 'connect' }, [port]);
    await time.advance(300);
    engine.receive({ type: 'configure', settings: { ...settings, criteria: [criterion('81', '(')] } }, []);
    expect(port.received.findLast(({ type }) => type === 'criteria')).toMatchObject({
      criteria: [{ selectors: { openPorts: '80' } }],
      problems: [{ field: 'executable' }],
    });
  });

  it('asks for full view at start when the settings say so, and tells that it was declined', async () => {
    kernel.state = limitedState;
    engine.receive({ ...start, settings: { ...settings, askForFullView: true } }, []);
    await time.advance(10);
    expect(notices).toContainEqual({ type: 'full_view_declined' });
  });

  it('does not ask when it may not', async () => {
    kernel.state = limitedState;
    engine.receive(start, []);
    await time.advance(10);
    expect(notices).toEqual([{ type: 'started' }]);
    engine.receive({ type: 'ask_for_full_view' }, []);
    await time.advance(10);
    expect(notices).toContainEqual({ type: 'full_view_declined' });
  });

  it('exports to a file, with progress', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bindscope-engine-'));
    const path = join(folder, 'log.ndjson');
    engine.receive(start, []);
    await time.advance(300);
    kernel.serve(kernel.fork(7), 80);
    const request = { format: 'ndjson', scope: { kind: 'matched' }, redactSecrets: true };
    engine.receive({ type: 'export', id: 4, path, request }, []);
    await vi.waitFor(() => {
      expect(notices.at(-1)).toMatchObject({
        type: 'export_progress',
        id: 4,
        progress: { state: 'done', written: 4 },
      });
    });
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(5);
    rmSync(folder, { recursive: true });
  });

  describe('with a recording', () => {
    let folder: string;
    let path: string;
    let replay: FakeReplay;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'bindscope-engine-'));
      path = join(folder, 'morning.ndjson');
      writeFileSync(path, 'text');
      replay = new FakeReplay('morning.ndjson');
      openReplay = () => Promise.resolve(replay);
    });
    afterEach(() => {
      rmSync(folder, { recursive: true });
    });
    const changed = (open: boolean) =>
      vi.waitFor(() => {
        expect(notices.at(-1)).toEqual({
          type: 'replay_changed',
          open,
          notes: open ? ['morning.ndjson:9:1: the last line is cut short'] : [],
        });
      });
    const connect = (): FakePort => {
      const port = new FakePort();
      engine.receive({ type: 'connect' }, [port]);
      return port;
    };

    it('shows it to windows that connect once it is open, and what is live again once it is closed', async () => {
      engine.receive(start, []);
      await time.advance(300);
      engine.receive({ type: 'open_replay', path }, []);
      await changed(true);
      expect(connect().received).toMatchObject([{ type: 'replay', replay: { file: 'morning.ndjson' } }]);
      engine.receive({ type: 'close_replay' }, []);
      await changed(false);
      expect(replay.closed).toBe(true);
      expect(connect().received[0]?.type).toBe('connected');
    });

    it('goes on watching what is live meanwhile', async () => {
      engine.receive(start, []);
      await time.advance(300);
      engine.receive({ type: 'open_replay', path }, []);
      await changed(true);
      kernel.serve(kernel.fork(7), 80);
      await time.advance(100);
      engine.receive({ type: 'close_replay' }, []);
      const [message] = connect().received;
      expect(message?.type === 'connected' && message.matches).toHaveLength(1);
    });

    it('puts settings into force in it and in what is live', async () => {
      engine.receive(start, []);
      await time.advance(300);
      engine.receive({ type: 'open_replay', path }, []);
      await changed(true);
      engine.receive({ type: 'configure', settings: { ...settings, criteria: [] } }, []);
      expect(replay.configured.at(-1)).toMatchObject({ criteria: [] });
    });

    it('exports what is shown', async () => {
      const to = join(folder, 'log.ndjson');
      engine.receive(start, []);
      await time.advance(300);
      engine.receive({ type: 'open_replay', path }, []);
      await changed(true);
      const request = { format: 'ndjson', scope: { kind: 'all' }, redactSecrets: true };
      engine.receive({ type: 'export', id: 1, path: to, request }, []);
      await vi.waitFor(() => {
        expect(notices.at(-1)).toMatchObject({ progress: { state: 'done' } });
      });
      expect(readFileSync(to, 'utf8')).toBe('of the replay\n');
    });

    it('that is damaged says what is wrong where, and keeps showing what is live', async () => {
      const problem = (line: number) => ({ file: 'morning.ndjson', line, column: 1, message: 'not JSON' });
      openReplay = () => Promise.resolve([1, 2, 3, 4, 5].map(problem));
      engine.receive(start, []);
      await time.advance(300);
      engine.receive({ type: 'open_replay', path }, []);
      await vi.waitFor(() => {
        expect(notices.at(-1)).toEqual({
          type: 'replay_failed',
          path,
          message:
            'morning.ndjson:1:1: not JSON\nmorning.ndjson:2:1: not JSON\nmorning.ndjson:3:1: not JSON\nand 2 more',
        });
      });
      expect(connect().received[0]?.type).toBe('connected');
    });

    it('that cannot be read says why', async () => {
      engine.receive(start, []);
      engine.receive({ type: 'open_replay', path: join(folder, 'gone') }, []);
      await vi.waitFor(() => {
        expect(notices.at(-1)).toMatchObject({
          type: 'replay_failed',
          message: expect.stringContaining('no such file') as string,
        });
      });
    });

    it('asked for before the engine started says so', async () => {
      engine.receive({ type: 'open_replay', path }, []);
      await vi.waitFor(() => {
        expect(notices).toMatchObject([
          { type: 'replay_failed', message: expect.stringContaining('has not started yet') as string },
        ]);
      });
    });

    it('that was overtaken by another one is closed and not shown', async () => {
      const slow = new FakeReplay('slow');
      let finish: (replay: FakeReplay) => void = () => undefined;
      engine.receive(start, []);
      await time.advance(300);
      openReplay = () =>
        new Promise((resolve) => {
          finish = resolve;
          openReplay = () => Promise.resolve(replay);
        });
      engine.receive({ type: 'open_replay', path }, []);
      await vi.waitFor(() => {
        expect(finish.length).toBe(1);
      });
      engine.receive({ type: 'open_replay', path }, []);
      await changed(true);
      finish(slow);
      await vi.waitFor(() => {
        expect(slow.closed).toBe(true);
      });
      expect(notices.filter(({ type }) => type === 'replay_changed')).toHaveLength(1);
      expect(replay.closed).toBe(false);
    });
  });

  it('an export before the start fails with words', () => {
    const request = { format: 'csv', scope: { kind: 'all' }, redactSecrets: true };
    engine.receive({ type: 'export', id: 1, path: '/x/y', request }, []);
    expect(notices).toMatchObject([{ type: 'export_progress', progress: { state: 'failed' } }]);
  });

  it('says why it cannot start', () => {
    const broken = new Engine({
      createPipeline: () => {
        throw new Error('the addon is missing');
      },
      openReplay: noReplay,
      tell: (notice) => notices.push(notice),
      exit,
    });
    broken.receive(start, []);
    expect(notices).toMatchObject([
      { type: 'log', level: 'error', message: 'The engine cannot start: the addon is missing' },
    ]);
  });

  it('a second start is refused; stop ends it', () => {
    engine.receive(start, []);
    engine.receive(start, []);
    expect(notices).toMatchObject([{ type: 'started' }, { type: 'log' }]);
    engine.receive({ type: 'stop' }, []);
    expect(exit).toHaveBeenCalledOnce();
    expect(() => kernel.listener).toThrow();
  });
});

// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ipc } from '../../contract/index.js';
import { criterion, process, status } from '../testing/fixtures.js';
import { EngineClient, EngineGone, type EngineNews } from './engine-client.js';

const batch = (id: number): unknown => ({
  type: 'batch',
  id,
  upsert: { processes: [process(1)], sockets: [], matches: [] },
  remove: { processes: [], sockets: [], matches: [] },
  events: [],
  skipped: 0,
});

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('EngineClient', () => {
  let news: EngineNews[];
  let refused: string[];
  let ports: number;
  let frames: (() => void)[];
  let client: EngineClient;
  let open: MessageChannel[];

  beforeEach(() => {
    news = [];
    refused = [];
    ports = 0;
    frames = [];
    open = [];
    client = new EngineClient(
      {
        onNews: (message) => news.push(message),
        onRefused: (problem) => refused.push(problem),
        onPort: () => {
          ports += 1;
        },
      },
      (callback) => frames.push(callback),
    );
  });
  afterEach(() => {
    client.detach();
    open.forEach(({ port1, port2 }) => {
      port1.close();
      port2.close();
    });
  });

  /** An engine: its port, and what the window said to it. */
  const engine = (): { port: MessagePort; heard: unknown[]; handOver: MessagePort } => {
    const channel = new MessageChannel();
    open.push(channel);
    const heard: unknown[] = [];
    channel.port1.onmessage = ({ data }) => heard.push(data);
    return { port: channel.port1, heard, handOver: channel.port2 };
  };

  it('takes the port posted to its own window and no other message', () => {
    const end = client.listen(window);
    const { handOver } = engine();
    const post = (data: unknown, source: Window | null): void => {
      const event = new MessageEvent('message', { data, source });
      Object.defineProperty(event, 'ports', { value: [handOver] });
      window.dispatchEvent(event);
    };
    post('something else', window);
    post(ipc.stream, null);
    expect(ports).toBe(0);
    post(ipc.stream, window);
    expect(ports).toBe(1);
    end();
    post(ipc.stream, window);
    expect(ports).toBe(1);
  });

  it('acknowledges each batch once, on the next frame and not before', async () => {
    const { port, heard, handOver } = engine();
    client.attach(handOver);
    port.postMessage(batch(7));
    await settle();
    expect(news).toHaveLength(1);
    expect(heard).toEqual([]);
    frames.forEach((frame) => frame());
    await settle();
    expect(heard).toEqual([{ type: 'ack', id: 7 }]);
  });

  it('hands on what is not a batch, and acknowledges none of it', async () => {
    const { port, handOver } = engine();
    client.attach(handOver);
    port.postMessage({
      type: 'connected',
      processes: [],
      sockets: [],
      matches: [],
      events: [],
      status: status(),
      criteria: [],
      problems: [],
      replay: null,
    });
    port.postMessage({ type: 'criteria', criteria: [], problems: [] });
    port.postMessage({ type: 'activity', at: 5n, samples: [] });
    await settle();
    expect(news.map(({ type }) => type)).toEqual(['connected', 'criteria', 'activity']);
    expect(frames).toEqual([]);
  });

  it('refuses a message of the wrong shape and names the place', async () => {
    const { port, handOver } = engine();
    client.attach(handOver);
    port.postMessage({ type: 'batch', id: -1 });
    port.postMessage('hello');
    await settle();
    expect(news).toEqual([]);
    expect(refused).toHaveLength(2);
    expect(refused[0]).toContain('id');
  });

  it('keeps answers to different questions apart, in whatever order they come', async () => {
    const { port, heard, handOver } = engine();
    client.attach(handOver);
    const preview = client.preview(criterion('a'));
    const explanation = client.explain(process(4).key);
    const read = client.readConfiguration('beyla.yml', 'a: 1');
    const written = client.writeConfiguration('obi');
    await settle();
    expect(heard).toMatchObject([
      { type: 'preview', criterion: { id: 'a' } },
      { type: 'explain' },
      { type: 'read_configuration', file: 'beyla.yml', text: 'a: 1' },
      { type: 'write_configuration', form: 'obi' },
    ]);
    const [first, second, third, fourth] = (heard as { request: number }[]).map(({ request }) => request);
    port.postMessage({ type: 'configuration_written', request: fourth, text: 'x', notes: [] });
    port.postMessage({ type: 'configuration_read', request: third, configuration: null, problems: [] });
    port.postMessage({
      type: 'explained',
      request: second,
      process: process(4),
      ancestors: [],
      verdict: { evaluations: [], selectedBy: null, excludedBy: null, summary: '' },
    });
    port.postMessage({ type: 'previewed', request: first, problems: [], count: 3, taken: 1, examples: [] });
    expect(await preview).toMatchObject({ count: 3, taken: 1 });
    expect((await written).text).toBe('x');
    expect((await read).configuration).toBeNull();
    expect((await explanation).process?.pid).toBe(4);
  });

  it('takes no answer of another kind for the one that is awaited', async () => {
    const { port, heard, handOver } = engine();
    client.attach(handOver);
    const explanation = client.explain(process(4).key);
    await settle();
    const [{ request }] = heard as [{ request: number }];
    port.postMessage({ type: 'configuration_written', request, text: 'x', notes: [] });
    port.postMessage({
      type: 'explained',
      request,
      process: null,
      ancestors: [],
      verdict: { evaluations: [], selectedBy: null, excludedBy: null, summary: 'gone' },
    });
    expect((await explanation).verdict.summary).toBe('gone');
  });

  it('fails open questions when a new port replaces the old, and hears the old no more', async () => {
    const old = engine();
    client.attach(old.handOver);
    const question = client.preview(criterion('a'));
    const failed = expect(question).rejects.toBeInstanceOf(EngineGone);
    const next = engine();
    client.attach(next.handOver);
    await failed;
    expect(ports).toBe(2);
    old.port.postMessage(batch(1));
    next.port.postMessage(batch(2));
    await settle();
    expect(news.map((message) => (message.type === 'batch' ? message.id : null))).toEqual([2]);
  });

  it('does not acknowledge to a new engine what the old one sent', async () => {
    const old = engine();
    client.attach(old.handOver);
    old.port.postMessage(batch(5));
    await settle();
    const next = engine();
    client.attach(next.handOver);
    frames.forEach((frame) => frame());
    await settle();
    expect(next.heard).toEqual([]);
  });

  it('says that the engine is gone when there is no port', async () => {
    await expect(client.preview(criterion('a'))).rejects.toBeInstanceOf(EngineGone);
    expect(() => client.setRecording(true)).toThrow(EngineGone);
  });
});

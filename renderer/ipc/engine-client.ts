import { z } from 'zod';
import {
  EngineMessage,
  ipc,
  type ConfigurationForm,
  type CriterionDraft,
  type EngineMessageOf,
  type ProcessKey,
  type ReplayAction,
  type WindowMessage,
} from '../../contract/index.js';

const answers = ['previewed', 'explained', 'configuration_read', 'configuration_written'] as const;
type AnswerType = (typeof answers)[number];
type Answer = EngineMessageOf<AnswerType>;

const isAnswer = (message: EngineMessage): message is Answer =>
  (answers as readonly string[]).includes(message.type);

/** What an engine says unasked. Answers to requests go to whoever asked. */
export type EngineNews = Exclude<EngineMessage, Answer>;
export type Explanation = EngineMessageOf<'explained'>;
export type Preview = EngineMessageOf<'previewed'>;
export type ReadConfiguration = EngineMessageOf<'configuration_read'>;
export type WrittenConfiguration = EngineMessageOf<'configuration_written'>;

export interface EngineListener {
  /** A new port was handed over: all that was known came from another engine. */
  onPort(): void;
  onNews(news: EngineNews): void;
  /** A message of the wrong shape arrived and was dropped. `problem` names the place in it. */
  onRefused(problem: string): void;
}

/** The engine that was asked is not there, or went away before it answered. */
export class EngineGone extends Error {
  constructor() {
    super('The engine is not connected.');
    this.name = 'EngineGone';
  }
}

interface Pending {
  readonly type: AnswerType;
  readonly resolve: (message: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Calls back on the next animation frame, or after half a second where no frame comes (a hidden
 * window paints none), so that an engine is never held up by a window nobody looks at.
 */
const onNextFrame = (callback: () => void): void => {
  let done = false;
  const once = (): void => {
    if (done) return;
    done = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    callback();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, 500);
};

/**
 * The window's end of the engine's MessagePort. One port at a time: a new one replaces the old,
 * and every request still open on the old one fails with {@link EngineGone}.
 */
export class EngineClient {
  #port: MessagePort | null = null;
  #nextRequest = 1;
  readonly #pending = new Map<number, Pending>();

  constructor(
    private readonly listener: EngineListener,
    private readonly schedule: (callback: () => void) => void = onNextFrame,
  ) {}

  /** Waits for ports posted to `target` by the preload script. Returns what ends the waiting. */
  listen(target: Window): () => void {
    const receive = (event: MessageEvent): void => {
      if (event.source !== target || event.data !== ipc.stream) return;
      const [port] = event.ports;
      if (port !== undefined) this.attach(port);
    };
    target.addEventListener('message', receive);
    return () => {
      target.removeEventListener('message', receive);
      this.detach();
    };
  }

  attach(port: MessagePort): void {
    this.detach();
    this.#port = port;
    this.listener.onPort();
    port.onmessage = (event: MessageEvent<unknown>) => this.#receive(port, event.data);
    port.start();
  }

  detach(): void {
    if (this.#port !== null) {
      this.#port.onmessage = null;
      this.#port.close();
      this.#port = null;
    }
    for (const { reject } of this.#pending.values()) reject(new EngineGone());
    this.#pending.clear();
  }

  /** Throws {@link EngineGone} when there is no engine. */
  setRecording(recording: boolean): void {
    this.#send({ type: 'set_recording', recording });
  }

  /** Throws {@link EngineGone} when there is no engine. */
  replay(action: ReplayAction): void {
    this.#send({ type: 'replay', action });
  }

  /** What a criterion would select now, or what is wrong with it. */
  preview(criterion: CriterionDraft): Promise<Preview> {
    return this.#ask('previewed', (request) => ({ type: 'preview', request, criterion }));
  }

  explain(process: ProcessKey): Promise<Explanation> {
    return this.#ask('explained', (request) => ({ type: 'explain', request, process }));
  }

  /** `file` is named in what is said of the text. */
  readConfiguration(file: string, configuration: string): Promise<ReadConfiguration> {
    return this.#ask('configuration_read', (request) => ({
      type: 'read_configuration',
      request,
      file,
      text: configuration,
    }));
  }

  /** The criteria that are configured now, as text. */
  writeConfiguration(form: ConfigurationForm): Promise<WrittenConfiguration> {
    return this.#ask('configuration_written', (request) => ({ type: 'write_configuration', request, form }));
  }

  #send(message: WindowMessage): void {
    if (this.#port === null) throw new EngineGone();
    this.#port.postMessage(message);
  }

  #ask<T extends AnswerType>(
    type: T,
    build: (request: number) => WindowMessage,
  ): Promise<EngineMessageOf<T>> {
    return new Promise((resolve, reject) => {
      const request = this.#nextRequest;
      this.#nextRequest += 1;
      this.#pending.set(request, {
        type,
        resolve: (message) => resolve(message as EngineMessageOf<T>),
        reject,
      });
      try {
        this.#send(build(request));
      } catch (error) {
        this.#pending.delete(request);
        reject(error instanceof Error ? error : new EngineGone());
      }
    });
  }

  #receive(port: MessagePort, data: unknown): void {
    const parsed = EngineMessage.safeParse(data);
    if (!parsed.success) {
      this.listener.onRefused(z.prettifyError(parsed.error));
      return;
    }
    const message = parsed.data;
    if (isAnswer(message)) {
      const pending = this.#pending.get(message.request);
      if (pending?.type !== message.type) return;
      this.#pending.delete(message.request);
      pending.resolve(message);
      return;
    }
    this.listener.onNews(message);
    if (message.type === 'batch') {
      this.schedule(() => {
        if (this.#port === port) this.#send({ type: 'ack', id: message.id });
      });
    }
  }
}

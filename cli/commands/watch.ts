import type { BindscopeEvent, Criterion, KernelSource } from '../../contract/index.js';
import { ndjsonHeader, ndjsonLine } from '../../discovery/export/serialise.js';
import type { Pipeline } from '../../discovery/pipeline.js';
import { eventLine, eventLineTitle } from '../event-line.js';
import { EventSelection } from '../event-selection.js';
import type { Output } from '../output.js';
import { openPipeline } from '../session.js';
import type { Paint } from '../terminal-text.js';
import { visibilityText } from '../words.js';

export interface WatchOptions {
  readonly openSource: () => KernelSource;
  readonly criteria: readonly Criterion[];
  readonly countPortsAsBeyla: boolean;
  readonly ndjson: boolean;
  /** Null: until stopped. */
  readonly durationMs: number | null;
  readonly poll: boolean;
  readonly pollIntervalMs: number;
  /** With criteria: everything nevertheless. */
  readonly all: boolean;
  readonly redactSecrets: boolean;
  readonly output: Output;
  readonly paint: Paint;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${String(count)} ${count === 1 ? one : many}`;

/** What ends a watch: its time, a signal, or nobody reading. */
const untilEnd = async ({ durationMs, signal, output }: WatchOptions): Promise<void> => {
  const over = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
    if (durationMs !== null) setTimeout(resolve, durationMs).unref();
  });
  // Keeps the process alive when nothing else does.
  const alive = setInterval(() => undefined, 1 << 30);
  try {
    await Promise.race([over, output.readerGone]);
  } finally {
    clearInterval(alive);
  }
};

/** Live events, one a line, until stopped. */
export const watch = async (options: WatchOptions): Promise<void> => {
  const { output, paint, criteria, ndjson, all } = options;
  const pipeline = openPipeline({
    openSource: options.openSource,
    criteria,
    countPortsAsBeyla: options.countPortsAsBeyla,
    pollIntervalMs: options.poll ? options.pollIntervalMs : null,
    output,
  });
  const selection = new EventSelection((process, port) => pipeline.wouldSelect(process, port) !== null);
  const startedAt = performance.now();
  let shown = 0;
  let basePolled = false;
  let unlisted = 0;

  const show = (event: BindscopeEvent): void => {
    const watching = event.name.startsWith('watcher.');
    if (!options.poll && event.source === 'poll' && !watching) return;
    if (!ndjson && !basePolled && event.name === 'process.created' && event.source === 'poll') {
      unlisted += 1;
      return;
    }
    shown += 1;
    output.data(ndjson ? ndjsonLine(event, options) : `${eventLine(event, paint)}\n`);
  };
  const take = (events: readonly BindscopeEvent[]): void => {
    for (const event of events) {
      const selected = selection.take(event);
      for (const one of criteria.length === 0 || all ? [event] : selected) show(one);
    }
  };

  // What happens before the header is written is written after it.
  let early: BindscopeEvent[] | null = [];
  pipeline.observe((events) => {
    if (early === null) take(events);
    else early.push(...events);
  });
  try {
    await Promise.race([pipeline.start(), untilEnd(options)]);
    output.data(
      ndjson
        ? ndjsonHeader(
            pipeline.headerFacts(options.redactSecrets, all || criteria.length === 0 ? 'all' : 'matched'),
          )
        : `${eventLineTitle(paint)}\n`,
    );
    take(early);
    early = null;
    sayVisibility(pipeline, output);
    void pipeline.polledOnce.then(() => {
      basePolled = true;
      if (unlisted > 0) output.note(`note: ${plural(unlisted, 'process', 'processes')} running already`);
      unlisted = 0;
    });
    await untilEnd(options);
    await output.flushed();
    const { lost } = pipeline.status();
    const missing = lost.kernel + lost.queue + output.dropped;
    output.note(
      [
        `watched ${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${plural(shown, 'event')} shown`,
        ...(criteria.length === 0 ? [] : [`${plural(selection.matched, 'process', 'processes')} matched`]),
        `${String(missing)} lost`,
      ].join(', '),
    );
  } finally {
    pipeline.close();
  }
};

const sayVisibility = (pipeline: Pipeline, output: Output): void => {
  const text = visibilityText(pipeline.status());
  if (text !== null) output.note(text);
};

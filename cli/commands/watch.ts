import type { BindscopeEvent, Criterion, KernelSource } from '../../contract/index.js';
import type { Pipeline } from '../../discovery/pipeline.js';
import { EventPrinter } from '../event-printer.js';
import type { Output } from '../output.js';
import { RecordingFile } from '../recording-file.js';
import { openPipeline } from '../session.js';
import type { Paint } from '../terminal-text.js';
import { plural, visibilityText } from '../words.js';

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
  /** Where everything is recorded, whatever the criteria; null: nowhere. */
  readonly record: { readonly path: string; readonly overwrite: boolean } | null;
  /** Of the program. */
  readonly version: string;
  readonly output: Output;
  readonly paint: Paint;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** How often it is looked whether something left out is to be summed up. */
const SUM_UP_MS = 1000;

/** What ends a watch: its time, a signal, or nobody reading. */
const untilEnd = async (
  { durationMs, signal, output }: WatchOptions,
  recording: RecordingFile | null,
): Promise<void> => {
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
    await Promise.race([over, output.readerGone, ...(recording === null ? [] : [recording.failed])]);
  } finally {
    clearInterval(alive);
  }
};

/** Live events, one a line, until stopped. A recording that cannot be written on ends it. */
export const watch = async (options: WatchOptions): Promise<void> => {
  const { record } = options;
  const recording = record === null ? null : new RecordingFile(record.path, record);
  try {
    await watchAndTell(options, recording);
  } finally {
    await recording?.close();
  }
};

const watchAndTell = async (options: WatchOptions, recording: RecordingFile | null): Promise<void> => {
  const { output, criteria, ndjson, redactSecrets, version } = options;
  const pipeline = openPipeline({
    openSource: options.openSource,
    criteria,
    countPortsAsBeyla: options.countPortsAsBeyla,
    pollIntervalMs: options.poll ? options.pollIntervalMs : null,
    output,
    ...(recording === null ? {} : { record: { write: recording.write, redactSecrets, version } }),
  });
  const printer = new EventPrinter({ ...options, pipeline });
  const startedAt = performance.now();
  let basePolled = false;
  let unlisted = 0;

  const isWanted = (event: BindscopeEvent): boolean => {
    const watching = event.name.startsWith('watcher.');
    if (!options.poll && event.source === 'poll' && !watching) return false;
    const ranBefore = !basePolled && event.name === 'process.created' && event.source === 'poll';
    if (ndjson || !ranBefore) return true;
    unlisted += 1;
    return false;
  };
  const take = (events: readonly BindscopeEvent[]): void => {
    for (const event of events) printer.take(event, isWanted);
  };

  // What happens before the header is written is written after it.
  let early: BindscopeEvent[] | null = [];
  pipeline.observe((events) => {
    if (early === null) take(events);
    else early.push(...events);
  });
  try {
    await Promise.race([pipeline.start(), untilEnd(options, recording)]);
    printer.header();
    take(early);
    early = null;
    sayVisibility(pipeline, output);
    void pipeline.polledOnce.then(() => {
      basePolled = true;
      if (unlisted > 0) output.note(`note: ${plural(unlisted, 'process', 'processes')} running already`);
      unlisted = 0;
    });
    const summing = setInterval(() => {
      printer.due(pipeline.clocks().wall);
    }, SUM_UP_MS);
    await untilEnd(options, recording).finally(() => {
      clearInterval(summing);
    });
    printer.end();
    await output.flushed();
    const { lost } = pipeline.status();
    const missing = lost.kernel + lost.skipped + lost.queue + output.dropped;
    output.note(
      [
        `watched ${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${plural(printer.shown, 'event')} shown`,
        ...(criteria.length === 0 ? [] : [`${plural(printer.matched, 'process', 'processes')} matched`]),
        `${String(missing)} lost`,
        ...(recording === null ? [] : [`recorded in ${recording.path}`]),
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

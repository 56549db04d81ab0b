import type { BindscopeEvent, Criterion } from '../contract/index.js';
import { ndjsonHeader, ndjsonLine } from '../discovery/export/serialise.js';
import type { Pipeline } from '../discovery/pipeline.js';
import type { Shown } from './churn.js';
import { Churn } from './churn.js';
import { churnLine, eventLine, eventLineTitle } from './event-line.js';
import { EventSelection } from './event-selection.js';
import type { Output } from './output.js';
import type { Paint } from './terminal-text.js';

export interface EventPrinterOptions {
  readonly pipeline: Pipeline;
  readonly criteria: readonly Criterion[];
  /** With criteria: everything nevertheless. */
  readonly all: boolean;
  readonly ndjson: boolean;
  readonly redactSecrets: boolean;
  readonly output: Output;
  readonly paint: Paint;
}

/** Writes events as they come: one a line, those that the criteria select; for people without churn. */
export class EventPrinter {
  readonly #options: EventPrinterOptions;
  readonly #selection: EventSelection;
  readonly #churn = new Churn();
  #shown = 0;

  constructor(options: EventPrinterOptions) {
    this.#options = options;
    this.#selection = new EventSelection(
      (process, port) => options.pipeline.wouldSelect(process, port) !== null,
    );
  }

  /** Events that were written, or summed up. */
  get shown(): number {
    return this.#shown;
  }

  /** Processes that were matched. */
  get matched(): number {
    return this.#selection.matched;
  }

  /** The first line; to be called once the hooks in use are known. */
  header(): void {
    const { pipeline, ndjson, redactSecrets, output, paint } = this.#options;
    output.data(
      ndjson
        ? ndjsonHeader(pipeline.headerFacts(redactSecrets, this.#showsAll ? 'all' : 'matched'))
        : `${eventLineTitle(paint)}\n`,
    );
  }

  take(event: BindscopeEvent, isWanted: (event: BindscopeEvent) => boolean = () => true): void {
    const selected = this.#selection.take(event);
    for (const one of this.#showsAll ? [event] : selected) if (isWanted(one)) this.#show(one);
  }

  /** What was left out until then is summed up; wall-clock nanoseconds. */
  due(time: bigint): void {
    this.#write(this.#churn.due(time));
  }

  /** Nothing comes any more. */
  end(): void {
    this.#write(this.#churn.rest());
  }

  get #showsAll(): boolean {
    return this.#options.all || this.#options.criteria.length === 0;
  }

  #show(event: BindscopeEvent): void {
    this.#shown += 1;
    const { ndjson, output } = this.#options;
    if (ndjson) output.data(ndjsonLine(event, this.#options));
    else this.#write(this.#churn.take(event));
  }

  #write(shown: readonly Shown[]): void {
    const { output, paint } = this.#options;
    for (const one of shown) {
      output.data(`${one.kind === 'event' ? eventLine(one.event, paint) : churnLine(one.churn, paint)}\n`);
    }
  }
}

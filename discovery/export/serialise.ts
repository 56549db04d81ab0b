import type { BindscopeEvent, ExportFormat } from '../../contract/index.js';
import { eventAttributes } from './attributes.js';
import { csvHeader, csvLine } from './csv.js';
import type { HeaderFacts } from './header.js';
import { headerAttributes } from './header.js';

/** A piece of the file, and how many events are in it. */
export interface Chunk {
  readonly text: string;
  readonly events: number;
}

/** Small enough that a cancellation is felt at once, large enough that a write is worth its call. */
const EVENTS_PER_CHUNK = 256;

export const ndjsonHeader = (facts: HeaderFacts): string => `${JSON.stringify(headerAttributes(facts))}\n`;

export const ndjsonLine = (event: BindscopeEvent, options: { redactSecrets: boolean }): string =>
  `${JSON.stringify(eventAttributes(event, options))}\n`;

/** The whole file, piece by piece; stop taking to cancel. */
export function* serialise(
  format: ExportFormat,
  events: readonly BindscopeEvent[],
  facts: HeaderFacts,
): Generator<Chunk, void, undefined> {
  yield { text: format === 'ndjson' ? ndjsonHeader(facts) : csvHeader(), events: 0 };
  for (let from = 0; from < events.length; from += EVENTS_PER_CHUNK) {
    const some = events.slice(from, from + EVENTS_PER_CHUNK);
    const text = some
      .map((event) =>
        format === 'ndjson' ? ndjsonLine(event, facts) : csvLine(eventAttributes(event, facts)),
      )
      .join('');
    yield { text, events: some.length };
  }
}

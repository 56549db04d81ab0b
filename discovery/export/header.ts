import type { Criterion, EngineStatus } from '../../contract/index.js';
import { hooksInUse } from './attributes.js';
import { wallTimeText } from './time-text.js';

/** Raised when an attribute is renamed, removed or changes its meaning; additions do not raise it. */
export const SCHEMA_VERSION = 1;

export interface HeaderFacts {
  readonly status: EngineStatus;
  readonly criteria: readonly Criterion[];
  /** Wall-clock nanoseconds at which the header is made. */
  readonly time: bigint;
  readonly redactSecrets: boolean;
  readonly scope: string;
  /** Whether this is a replay of what was recorded. */
  readonly replay?: boolean;
}

/** What is known of the recording as a whole: the first line of an NDJSON export. */
export const headerAttributes = ({
  status,
  criteria,
  time,
  redactSecrets,
  scope,
  replay = false,
}: HeaderFacts): Record<string, unknown> => ({
  name: 'bindscope.header',
  schema_version: SCHEMA_VERSION,
  time: wallTimeText(time),
  'host.name': status.host.name,
  'os.type': 'linux',
  'os.version': status.host.kernel,
  'bindscope.boot_id': status.host.bootId,
  'bindscope.visibility': status.visibility,
  'bindscope.hooks': hooksInUse(status.hooks),
  'bindscope.criteria': criteria.map(({ name, namespace, enabled, exclude, selectors, kept }) => ({
    name,
    namespace,
    enabled,
    exclude,
    ...selectors,
    kept,
  })),
  'bindscope.recording_since': wallTimeText(status.recordingSince),
  'bindscope.scope': scope,
  'bindscope.redacted': redactSecrets,
  ...(replay ? { 'bindscope.replay': true } : {}),
  'bindscope.lost.kernel': status.lost.kernel,
  'bindscope.lost.queue': status.lost.queue,
  'bindscope.evicted': status.evicted,
});

import type { Criterion, EngineStatus, SelectorName } from '../../contract/index.js';
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

/** A criterion under the names of configurations; what it does not ask is absent. */
const criterionAttributes = ({
  name,
  namespace,
  enabled,
  exclude,
  selectors,
  kept,
}: Criterion): Record<string, unknown> => {
  const asked: [SelectorName, unknown][] = [
    ['open_ports', selectors.openPorts],
    ['exe_path', selectors.executable],
    ['cmd_args', selectors.args],
    ['languages', selectors.languages],
    ['target_pids', selectors.pids],
    ['containers_only', selectors.containersOnly],
    ['container_name', selectors.containerName],
    ['user', selectors.user],
    ['systemd_unit', selectors.unit],
    ['network_namespace', selectors.networkNamespace],
    ['system_wide', selectors.everything],
  ];
  return {
    name,
    ...(namespace === null ? {} : { namespace }),
    enabled,
    exclude,
    ...Object.fromEntries(asked.filter(([, value]) => value !== null && value !== false)),
    ...(Object.keys(kept).length === 0 ? {} : { kept }),
  };
};

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
  'bindscope.criteria': criteria.map(criterionAttributes),
  'bindscope.recording_since': wallTimeText(status.recordingSince),
  'bindscope.scope': scope,
  'bindscope.redacted': redactSecrets,
  ...(replay ? { 'bindscope.replay': true } : {}),
  'bindscope.lost.kernel': status.lost.kernel,
  'bindscope.lost.skipped': status.lost.skipped,
  'bindscope.lost.queue': status.lost.queue,
  'bindscope.evicted': status.evicted,
});

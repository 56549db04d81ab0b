import type { Criterion } from '../../contract/index.js';
import { StepProblem } from './fields.js';
import type { Value } from './fields.js';
import type { RecordingHeader } from './step.js';
import { RECORDING_VERSION } from './step.js';

const text = (value: Value): string => value.text();
const ns = (value: Value): bigint => value.big('nanoseconds');

/** The first line of a recording; null: it is something else, a step perhaps. */
export const readHeader = (line: Value): RecordingHeader | null => {
  if (!line.isObject) return null;
  const raw = line.raw as Record<string, unknown>;
  if (raw['name'] === 'bindscope.header') {
    throw new StepProblem(
      ['name'],
      'this is a log of events, not a recording of what they came from; `watch --record FILE` writes one, `export` reads this',
    );
  }
  if (!Object.hasOwn(raw, 'recording')) return null;
  return line.fields('the header', ['recording']).must('recording', (value) => {
    const fields = value.fields('a recording', [
      'version',
      'program',
      'host',
      'kernel',
      'boot_id',
      'boot_ns',
      'wall_ns',
      'own_pids',
      'netns',
      'redacted',
      'criteria',
    ]);
    const version = fields.must('version', (item) => item.count(1, 1_000_000));
    if (version > RECORDING_VERSION) {
      throw new StepProblem(
        ['recording', 'version'],
        `version ${String(version)} is of a newer Bindscope; this one reads up to ${String(RECORDING_VERSION)}. Update it`,
      );
    }
    // For people who read the file: a replay is under criteria of its own.
    fields.get('criteria', (item) => item.list('a list of criteria'));
    return {
      version,
      program: fields.get('program', text) ?? '',
      host: {
        name: fields.get('host', text) ?? '',
        kernel: fields.get('kernel', text) ?? '',
        bootId: fields.get('boot_id', text) ?? '',
      },
      boot: fields.must('boot_ns', ns),
      wall: fields.must('wall_ns', ns),
      ownPids:
        fields.get('own_pids', (item) =>
          item.list('a list of PIDs').map((pid) => pid.count(1, 4_194_304, 'a PID')),
        ) ?? [],
      networkNamespace: fields.orNull('netns', (item) => item.count(0, 0xffff_ffff)) ?? null,
      redacted: fields.get('redacted', (item) => item.flag()) ?? false,
    };
  });
};

/** What is written of a header, besides what is read again. */
export interface HeaderExtras {
  readonly criteria: readonly Criterion[];
}

/** The line, without its end. */
export const headerLine = (header: RecordingHeader, { criteria }: HeaderExtras): string =>
  JSON.stringify({
    recording: {
      version: header.version,
      program: header.program,
      host: header.host.name,
      kernel: header.host.kernel,
      boot_id: header.host.bootId,
      boot_ns: String(header.boot),
      wall_ns: String(header.wall),
      own_pids: header.ownPids,
      netns: header.networkNamespace,
      redacted: header.redacted,
      criteria: criteria.map(({ name, enabled, exclude, selectors }) => ({
        name,
        enabled,
        exclude,
        selectors,
      })),
    },
  });

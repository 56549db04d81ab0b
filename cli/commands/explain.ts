import type {
  Condition,
  Criterion,
  Evaluation,
  KernelSource,
  ProcessInfo,
  Verdict,
} from '../../contract/index.js';
import { processAttributes } from '../../discovery/export/attributes.js';
import { headerAttributes } from '../../discovery/export/header.js';
import { redactArguments } from '../../discovery/export/redact.js';
import type { Pipeline } from '../../discovery/pipeline.js';
import { factsKnown } from '../facts-known.js';
import { CommandFailure, FAILURE, USAGE } from '../failure.js';
import type { Output } from '../output.js';
import { openPipeline } from '../session.js';
import type { Paint } from '../terminal-text.js';
import { printable } from '../terminal-text.js';
import { briefProcess, processName, userText, visibilityText } from '../words.js';

export interface ExplainOptions {
  readonly openSource: () => KernelSource;
  readonly pid: number;
  readonly criteria: readonly Criterion[];
  readonly countPortsAsBeyla: boolean;
  readonly json: boolean;
  readonly redactSecrets: boolean;
  readonly output: Output;
  readonly paint: Paint;
}

interface Explained {
  readonly process: ProcessInfo;
  readonly ancestors: readonly ProcessInfo[];
  readonly verdict: Verdict;
}

/** The same without what looks like a secret in the arguments. */
const redacted = ({ process, ancestors, verdict }: Explained): Explained => {
  const args = redactArguments(process.args);
  const seen = args.slice(1).join(' ');
  const hide = (condition: Condition): Condition =>
    condition.selector === 'cmd_args' && seen !== '' ? { ...condition, seen } : condition;
  return {
    process: { ...process, args },
    ancestors,
    verdict: {
      ...verdict,
      evaluations: verdict.evaluations.map((evaluation) => ({
        ...evaluation,
        conditions: evaluation.conditions.map(hide),
      })),
    },
  };
};

const nameOf = (verdict: Verdict, id: string | null): string | null =>
  verdict.evaluations.find(({ criterionId }) => criterionId === id)?.criterionName ?? null;

const document = (pipeline: Pipeline, explained: Explained, options: ExplainOptions): string => {
  const { process, ancestors, verdict } = explained;
  return JSON.stringify({
    ...headerAttributes(pipeline.headerFacts(options.redactSecrets, 'process')),
    name: 'bindscope.explanation',
    count_ports_as_beyla: options.countPortsAsBeyla,
    process: processAttributes(process, options),
    ancestors: ancestors.map(briefProcess),
    selected_by: nameOf(verdict, verdict.selectedBy),
    excluded_by: nameOf(verdict, verdict.excludedBy),
    summary: verdict.summary,
    criteria: verdict.evaluations.map(({ criterionId, criterionName, exclude, held, conditions }) => ({
      name: criterionName,
      exclude,
      held,
      selects: criterionId === verdict.selectedBy,
      conditions,
    })),
  });
};

const role = ({ criterionId, exclude }: Evaluation, verdict: Verdict): string => {
  if (criterionId === verdict.selectedBy) return '  selects the process';
  if (criterionId === verdict.excludedBy) return '  keeps it from being selected';
  return exclude ? '  an exclusion' : '';
};

const text = ({ process, ancestors, verdict }: Explained, paint: Paint): string => {
  const mark = (held: boolean): string => (held ? paint('good', '✓') : paint('bad', '✗'));
  const unknown = paint('warn', '?');
  const [parent] = ancestors;
  const lines = [
    `${paint('strong', processName(process))} (${String(process.pid)}), user ${userText(process)}${parent === undefined ? '' : `, started by ${processName(parent)} (${String(parent.pid)})`}`,
    ...(process.args.length === 0 ? [] : [paint('quiet', printable(process.args.join(' ')))]),
    '',
  ];
  for (const evaluation of verdict.evaluations) {
    const { criterionName, conditions, held } = evaluation;
    const open = !held && conditions.every((condition) => condition.held || condition.undecided === true);
    lines.push(
      `${open ? unknown : mark(held)} ${paint('strong', printable(criterionName))}${paint('quiet', role(evaluation, verdict))}`,
    );
    const width = Math.max(...conditions.map(({ selector }) => selector.length));
    for (const { selector, wanted, seen, held: holds, undecided, parts } of conditions) {
      lines.push(
        `  ${undecided === true ? unknown : mark(holds)} ${selector.padEnd(width)}  wanted ${printable(wanted)}, seen ${printable(seen)}`,
      );
      for (const part of parts) {
        const note = part.note === null ? '' : paint('quiet', `: ${printable(part.note)}`);
        lines.push(`      ${mark(part.held)} ${printable(part.seen)}${note}`);
      }
    }
  }
  lines.push('', printable(verdict.summary));
  return lines.join('\n');
};

const noCriteria =
  'There are no criteria to explain. Give --open-port, --exe or --config FILE, or set OTEL_EBPF_OPEN_PORT (BEYLA_OPEN_PORT) or OTEL_EBPF_EXECUTABLE_NAME (BEYLA_EXECUTABLE_NAME).';

/** Every criterion against one process, condition by condition, and which one won. */
export const explain = async (options: ExplainOptions): Promise<void> => {
  const { output, paint, criteria, pid, json } = options;
  if (criteria.length === 0) throw new CommandFailure(USAGE, noCriteria);
  const pipeline = openPipeline({ ...options, pollIntervalMs: null });
  try {
    await pipeline.start();
    await pipeline.polledOnce;
    const status = pipeline.status();
    if (status.poll === null) {
      throw new CommandFailure(FAILURE, 'No snapshot could be taken. `doctor` says what is missing.');
    }
    const found = pipeline.processAt(pid);
    if (found !== undefined) {
      // To ask is what has it looked at.
      pipeline.explain(found.key);
      await factsKnown(pipeline);
    }
    const { process, ...explanation } = found === undefined ? { process: null } : pipeline.explain(found.key);
    if (process === null || !('verdict' in explanation)) {
      throw new CommandFailure(FAILURE, `There is no process with PID ${String(pid)} now.`);
    }
    const explained = { process, ...explanation };
    const shown = options.redactSecrets ? redacted(explained) : explained;
    output.data(`${json ? document(pipeline, shown, options) : text(shown, paint)}\n`);
    const narrowed = visibilityText(status);
    if (narrowed !== null) output.note(narrowed);
    await output.flushed();
  } finally {
    pipeline.close();
  }
};

import type { Condition, CriterionDraft, SelectorName } from '../../contract/index.js';
import { isKubernetesKey } from '../../contract/index.js';
import { NOT_LOOKED_AT, UNREADABLE } from '../condition-text.js';
import { encodeText } from '../text.js';
import type { Look } from './subject.js';

/** `undecided`: it asks for a fact that has not been looked at yet. */
export type Judgement = 'held' | 'failed' | 'undecided';

/** Facts of a process that take a look at files, and so come later than the process: which are asked for. */
export interface LateFacts {
  readonly executableType: boolean;
  readonly placement: boolean;
}

export const noLateFacts: LateFacts = { executableType: false, placement: false };

/** One condition of a criterion, ready to be asked of any process. */
export interface CompiledCondition {
  readonly selector: SelectorName;
  readonly needs: keyof LateFacts | null;
  /** Makes nothing: this is what every process goes through. */
  judge(look: Look): Judgement;
  /** In words; `held` is what {@link judge} says. */
  describe(look: Look): Condition;
}

/** What a text is asked with: a pattern of either syntax. */
export interface TextTest {
  test(text: string): boolean;
}

type Part = Condition['parts'][number];

const judged = (held: boolean): Judgement => (held ? 'held' : 'failed');

interface Words {
  readonly selector: SelectorName;
  readonly wanted: string;
  readonly needs?: keyof LateFacts;
  readonly judge: (look: Look) => Judgement;
  readonly see: (look: Look) => string;
  readonly parts?: (look: Look, held: boolean) => Part[];
}

export const condition = ({ selector, wanted, needs, judge, see, parts }: Words): CompiledCondition => ({
  selector,
  needs: needs ?? null,
  judge,
  describe: (look) => {
    const judgement = judge(look);
    const held = judgement === 'held';
    const seen = judgement === 'undecided' ? NOT_LOOKED_AT : see(look);
    return seen === NOT_LOOKED_AT || seen === UNREADABLE
      ? { selector, wanted, seen, held, undecided: true, parts: [] }
      : { selector, wanted, seen, held, parts: parts?.(look, held) ?? [] };
  },
});

export const executablePath = (test: TextTest, wanted: string): CompiledCondition =>
  condition({
    selector: 'exe_path',
    wanted,
    judge: ({ info: { executable } }) => judged(executable !== null && test.test(executable)),
    see: ({ info }) => info.executable ?? UNREADABLE,
  });

export const commandArguments = (test: TextTest, wanted: string): CompiledCondition =>
  condition({
    selector: 'cmd_args',
    wanted,
    judge: (look) => judged(test.test(look.args)),
    see: ({ args }) => (args === '' ? 'no arguments' : args),
    parts: ({ info: { args, argsLength } }, held) => {
      const captured = encodeText(args.join('\0')).length;
      if (argsLength <= captured + 1) return [];
      return [
        {
          seen: `${String(captured)} of ${String(argsLength)} bytes`,
          held,
          note: 'only the beginning of a long command line is known',
        },
      ];
    },
  });

export const language = (test: TextTest, wanted: string): CompiledCondition =>
  condition({
    selector: 'languages',
    wanted,
    needs: 'executableType',
    judge: ({ info: { executable, executableType } }) => {
      if (executable === null) return 'failed';
      return executableType === null ? 'undecided' : judged(test.test(executableType.language));
    },
    see: ({ info: { executable, executableType } }) =>
      executable === null || executableType === null ? UNREADABLE : executableType.language,
    parts: ({ info: { executable, executableType } }, held) =>
      executable === null || executableType === null
        ? []
        : [
            {
              seen: [executableType.language, executableType.version ?? ''].join(' ').trimEnd(),
              held,
              note: executableType.reason,
            },
          ],
  });

export const processIds = (pids: readonly number[]): CompiledCondition => {
  const wanted = new Set(pids);
  return condition({
    selector: 'target_pids',
    wanted: pids.join(', '),
    judge: ({ info }) => judged(wanted.has(info.pid)),
    see: ({ info }) => String(info.pid),
  });
};

const namespaceSeen = ({ info: { networkNamespace }, rules: { ownNetworkNamespace } }: Look): string =>
  networkNamespace === 0 || ownNetworkNamespace === 0 ? UNREADABLE : String(networkNamespace);

/** Null: either of the two could not be read. */
const isOurNamespace = ({ info: { networkNamespace }, rules }: Look): boolean | null =>
  networkNamespace === 0 || rules.ownNetworkNamespace === 0
    ? null
    : networkNamespace === rules.ownNetworkNamespace;

export const containersOnly = (): CompiledCondition =>
  condition({
    selector: 'containers_only',
    wanted: 'another network namespace than ours',
    judge: (look) => judged(isOurNamespace(look) === false),
    see: namespaceSeen,
  });

export const networkNamespace = (wanted: 'own' | 'other' | number): CompiledCondition =>
  condition({
    selector: 'network_namespace',
    wanted: wanted === 'own' ? 'ours' : wanted === 'other' ? 'another than ours' : String(wanted),
    judge: (look) =>
      judged(
        typeof wanted === 'number'
          ? look.info.networkNamespace === wanted
          : isOurNamespace(look) === (wanted === 'own'),
      ),
    see: (look) =>
      typeof wanted === 'number' && look.info.networkNamespace !== 0
        ? String(look.info.networkNamespace)
        : namespaceSeen(look),
  });

export const user = (test: TextTest, wanted: string): CompiledCondition =>
  condition({
    selector: 'user',
    wanted,
    judge: ({ info: { userName, uid } }) =>
      judged((userName !== null && test.test(userName)) || test.test(String(uid))),
    see: ({ info: { userName, uid } }) => (userName === null ? String(uid) : `${userName} (${String(uid)})`),
  });

export const systemdUnit = (test: TextTest, wanted: string): CompiledCondition =>
  condition({
    selector: 'systemd_unit',
    wanted,
    needs: 'placement',
    judge: ({ info: { placement } }) => {
      if (placement === null) return 'undecided';
      return judged(placement.unit !== null && test.test(placement.unit));
    },
    see: ({ info }) => info.placement?.unit ?? 'none',
  });

/** Of an id as much as runtimes show. */
const SHORT_ID = 12;

export const containerName = (test: TextTest, wanted: string): CompiledCondition =>
  condition({
    selector: 'container_name',
    wanted,
    needs: 'placement',
    judge: ({ info: { placement } }) => {
      if (placement === null) return 'undecided';
      const name = placement.container?.name ?? null;
      return judged(name !== null && test.test(name));
    },
    see: ({ info: { placement } }) => {
      const container = placement?.container ?? null;
      if (container === null) return 'none';
      return container.name ?? `${container.id.slice(0, SHORT_ID)} (its name could not be asked for)`;
    },
  });

export const everyProcess = (): CompiledCondition =>
  condition({
    selector: 'system_wide',
    wanted: 'every process',
    judge: () => 'held',
    see: () => 'a process',
  });

/** Keys of Kubernetes that a configuration asked for: no process here has what they ask. */
export const kubernetes = (kept: CriterionDraft['kept']): CompiledCondition[] => {
  const keys = Object.keys(kept).filter(isKubernetesKey);
  if (keys.length === 0) return [];
  const words = keys.map((key) => {
    const value = kept[key];
    return `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  return [
    condition({
      selector: 'kubernetes',
      wanted: words.join(', '),
      judge: () => 'failed',
      see: () => 'never matches on this machine',
    }),
  ];
};

import { Plus } from 'lucide-react';
import { useCallback, useMemo, type ReactElement } from 'react';
import type { BindscopeEvent, Evaluation, ProcessInfo, Verdict } from '../../../contract/index.js';
import { criterionDraftOf } from '../../model/criterion-of-process.js';
import { concernsProcess, findEvaluation } from '../../model/event-trail.js';
import { useEditing } from '../../store/editing.js';
import { useLive } from '../../store/live.js';
import { Button } from '../../ui/Button.js';
import { text } from '../../ui/text.js';
import { Activity } from './Activity.js';
import { Arguments } from './Arguments.js';
import { Identity } from './Identity.js';
import { VerdictTree } from './VerdictTree.js';
import { useExplanation } from './explanation.js';
import { EventList, Heading, ProcessLink, Section, SocketLine } from './parts.js';
import styles from './Details.module.css';

const words = text.details;

/** What is known before the engine has answered, and of a process that has ended: the match alone. */
const matchAlone = (evaluation: Evaluation, summary: string): Verdict => ({
  evaluations: [evaluation],
  selectedBy: evaluation.criterionId,
  excludedBy: null,
  summary,
});

const titleOf = ({ evaluations, selectedBy }: Verdict): string => {
  if (selectedBy !== null) return words.why;
  return evaluations.length === 0 ? words.whyNoneTitle : words.whyNot;
};

/** `verdict`: undefined while it is awaited, null when the engine is away. */
const Why = ({ verdict }: { readonly verdict: Verdict | null | undefined }): ReactElement | null => {
  if (verdict === undefined) return null;
  return (
    <Section title={verdict === null ? words.whyNoneTitle : titleOf(verdict)} testId="details-why">
      {verdict === null ? (
        <p className={styles['none']}>{words.whyAway}</p>
      ) : (
        <VerdictTree verdict={verdict} />
      )}
    </Section>
  );
};

/** The evaluation in the newest match of a process that is gone. */
const useFormerMatch = (process: ProcessInfo, alive: boolean): Evaluation | undefined => {
  const events = useLive((live) => live.events);
  const { key } = process;
  return useMemo(() => (alive ? undefined : findEvaluation(events, key)), [events, key, alive]);
};

export const ProcessDetails = ({
  process,
  alive,
}: {
  readonly process: ProcessInfo;
  readonly alive: boolean;
}): ReactElement => {
  const sockets = useLive((live) => live.sockets);
  const match = useLive((live) => live.matches.get(process.key));
  const propose = useEditing((state) => state.propose);
  const rows = useMemo(
    () =>
      [...sockets.values()]
        .filter((row) => row.holders.includes(process.key) || row.binder === process.key)
        .sort((a, b) => a.socket.port - b.socket.port),
    [sockets, process.key],
  );
  const explanation = useExplanation(process.key, rows);
  const former = useFormerMatch(process, alive);
  const matched = match?.evaluation;
  const verdict = useMemo(() => {
    if (!alive) return former === undefined ? undefined : matchAlone(former, words.whyGone);
    if (explanation != null) return explanation.verdict;
    return matched === undefined ? explanation : matchAlone(matched, '');
  }, [alive, former, explanation, matched]);
  const concerns = useCallback((event: BindscopeEvent) => concernsProcess(event, process.key), [process.key]);
  const listening = rows.some(({ socket }) => socket.state === 'listening');
  const knownParent = explanation?.ancestors[0];

  return (
    <>
      <Heading
        title={process.name}
        mono={String(process.pid)}
        state={!alive ? 'closed' : listening ? 'listening' : 'bound'}
        stateText={!alive ? words.ended : listening ? text.states.listening : words.running}
      >
        <Button
          size="small"
          icon={<Plus />}
          data-testid="make-criterion"
          onClick={() => propose(criterionDraftOf(process, rows))}
        >
          {words.makeCriterion}
        </Button>
      </Heading>
      <Why verdict={verdict} />
      <Activity process={process} rows={rows} matched={match !== undefined} alive={alive} />
      <Identity process={process} alive={alive} />
      <Arguments process={process} />
      <Section title={words.parents} testId="details-parents">
        {explanation === null || explanation === undefined || knownParent === undefined ? (
          <p className={styles['none']}>{words.parentGone(process.parentPid)}</p>
        ) : (
          <p className={styles['parents']}>
            {explanation.ancestors.map((ancestor, index) => (
              <span key={ancestor.key}>
                {index === 0 ? null : <span className={styles['arrow']}>←</span>}
                <ProcessLink process={ancestor} />
              </span>
            ))}
          </p>
        )}
      </Section>
      <Section title={words.sockets} testId="details-sockets">
        {rows.length === 0 ? (
          <p className={styles['none']}>{words.socketsNone}</p>
        ) : (
          <ul className={styles['list']}>
            {rows.map((row) => (
              <SocketLine key={row.socket.key} row={row} />
            ))}
          </ul>
        )}
      </Section>
      <Section title={words.events} testId="details-events">
        <EventList concerns={concerns} />
      </Section>
    </>
  );
};

import { Plus } from 'lucide-react';
import { useCallback, useMemo, useState, type ReactElement } from 'react';
import type { BindscopeEvent, Criterion, Match, ProcessInfo, SocketRow } from '../../../contract/index.js';
import { capturedArguments } from '../../model/arguments.js';
import { concernsProcess, findEvaluation } from '../../model/event-trail.js';
import { moment, msOf, timeAgo } from '../../model/time.js';
import { useNow } from '../../model/use-now.js';
import { shellText } from '../../model/words.js';
import { newCriterionId, useCriteria } from '../../store/criteria.js';
import { useEditing } from '../../store/editing.js';
import { useLive } from '../../store/live.js';
import { useSelection } from '../../store/selection.js';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { MiddleText } from '../../ui/MiddleText.js';
import { text } from '../../ui/text.js';
import { copyText } from '../copy.js';
import { EvaluationBlock } from './Why.js';
import { useExplanation } from './explanation.js';
import { EventList, Fact, Heading, ProcessLink, Section, SocketLine } from './parts.js';
import styles from './Details.module.css';

const words = text.details;

/** Exact executable, and where it listens the ports: a criterion that selects its like. */
const criterionOf = (process: ProcessInfo, rows: readonly SocketRow[]): Criterion => {
  const ports = [...new Set(rows.map(({ socket }) => socket.port))].sort((a, b) => a - b);
  return {
    id: newCriterionId(),
    name: process.name,
    enabled: true,
    openPorts: ports.length === 0 || process.executable !== null ? null : ports.join(', '),
    executable:
      process.executable === null ? null : `^${process.executable.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`,
  };
};

/** A long command line shows this many lines until it is asked for: scripts are arguments too. */
const fewLines = 8;
/** Characters in a line at the panel's default width, to tell what wraps. */
const lineLength = 38;

const linesOf = (args: readonly string[]): number =>
  args
    .flatMap((arg) => arg.split('\n'))
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / lineLength)), 0);

const Arguments = ({ process }: { readonly process: ProcessInfo }): ReactElement => {
  const [all, setAll] = useState(false);
  const captured = capturedArguments(process);
  const lines = linesOf(process.args);
  const long = lines > fewLines + 2;
  return (
    <Section
      title={words.arguments}
      testId="details-arguments"
      aside={
        process.args.length === 0 ? null : (
          <CopyButton label={words.copyArguments} onCopy={() => copyText(shellText(process.args))} />
        )
      }
    >
      {process.args.length === 0 ? (
        <p className={styles['none']}>{words.argumentsNone}</p>
      ) : (
        <ol className={styles['arguments']} data-few={long && !all ? '' : undefined}>
          {process.args.map((arg, index) => (
            <li key={index}>{arg === '' ? '""' : arg}</li>
          ))}
        </ol>
      )}
      {long ? (
        <button
          type="button"
          className={styles['link']}
          aria-expanded={all}
          data-testid="arguments-all"
          onClick={() => setAll(!all)}
        >
          {all ? words.argumentsFew : words.argumentsAll(lines)}
        </button>
      ) : null}
      {process.args.length > 0 && captured.cut ? (
        <p className={styles['none']}>{words.argumentsCut(captured.bytes, process.argsLength)}</p>
      ) : null}
    </Section>
  );
};

const Why = ({
  evaluations,
  match,
  ended,
}: {
  readonly evaluations: Match['evaluation'][] | null | undefined;
  readonly match: Match['evaluation'] | undefined;
  readonly ended: boolean;
}): ReactElement | null => {
  const others = (evaluations ?? []).filter((one) => one.criterionId !== match?.criterionId);
  if (evaluations === undefined && match === undefined) return null;
  return (
    <Section title={match === undefined ? words.whyNot : words.why} testId="details-why">
      {match === undefined ? (
        <p className={styles['none']}>
          {evaluations === null ? words.whyAway : others.length === 0 ? words.whyNoCriteria : words.whyNone}
        </p>
      ) : (
        <>
          {ended ? <p className={styles['none']}>{words.whyGone}</p> : null}
          <EvaluationBlock evaluation={match} />
        </>
      )}
      {others.length === 0 ? null : (
        <>
          {match === undefined ? null : <p className={styles['subtitle']}>{words.otherCriteria}</p>}
          {others.map((evaluation) => (
            <EvaluationBlock key={evaluation.criterionId} evaluation={evaluation} />
          ))}
        </>
      )}
    </Section>
  );
};

/** Rendered apart, so that time passing renders nothing else. */
const Ago = ({ since }: { readonly since: number }): ReactElement => {
  const [young, setYoung] = useState(true);
  const now = useNow(young ? 1000 : 15_000);
  if (young && now - since >= 60_000) setYoung(false);
  return <>{timeAgo(now - since)}</>;
};

/** The evaluation in the newest match of a process that is gone. */
const useFormerMatch = (process: ProcessInfo, alive: boolean): Match['evaluation'] | undefined => {
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
  const select = useSelection((state) => state.select);
  const edit = useEditing((state) => state.edit);
  const addCriterion = useCriteria((state) => state.add);
  const rows = useMemo(
    () =>
      [...sockets.values()]
        .filter((row) => row.holders.includes(process.key) || row.binder === process.key)
        .sort((a, b) => a.socket.port - b.socket.port),
    [sockets, process.key],
  );
  const explanation = useExplanation(process.key, rows.length);
  const former = useFormerMatch(process, alive);
  const concerns = useCallback((event: BindscopeEvent) => concernsProcess(event, process.key), [process.key]);
  const listening = rows.some(({ socket }) => socket.state === 'listening');
  const now = useNow(60_000);
  const startedMs = msOf(process.startedAt);
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
          onClick={() => {
            const criterion = criterionOf(process, rows);
            if (criterion.executable === null && criterion.openPorts === null) return;
            addCriterion(criterion);
            select({ kind: 'criterion', key: criterion.id });
            edit(criterion.id);
          }}
          disabled={process.executable === null && rows.length === 0}
        >
          {words.makeCriterion}
        </Button>
      </Heading>
      <Why
        evaluations={
          explanation === null || explanation === undefined ? explanation : explanation.evaluations
        }
        match={match?.evaluation ?? explanation?.evaluations.find(({ held }) => held) ?? former}
        ended={!alive}
      />
      <Section title={words.process} testId="details-process">
        <dl className={styles['facts']}>
          <Fact name={words.executable}>
            {process.executable === null ? (
              <span className={styles['missing']}>{text.unreadable}</span>
            ) : (
              <span className={styles['withCopy']}>
                <MiddleText text={process.executable} />
                <CopyButton label={words.copyPath} onCopy={() => copyText(process.executable ?? '')} />
              </span>
            )}
          </Fact>
          <Fact name={words.user}>
            {process.userName ?? words.uid(process.uid)}
            {process.userName === null ? null : (
              <span className={styles['aside']}>{words.uid(process.uid)}</span>
            )}
          </Fact>
          <Fact name={words.started}>
            <span className={styles['mono']}>{moment(startedMs, now, 3)}</span>
            {alive ? (
              <span className={styles['aside']}>
                <Ago since={startedMs} />
              </span>
            ) : null}
          </Fact>
          <Fact name={words.netns}>
            <span className={styles['mono']}>{process.networkNamespace}</span>
          </Fact>
        </dl>
      </Section>
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

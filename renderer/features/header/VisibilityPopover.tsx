import { ChevronDown, Eye, ShieldCheck } from 'lucide-react';
import { useMemo, useState, type ReactElement } from 'react';
import { Fact, type EngineStatus, type HookReport } from '../../../contract/index.js';
import { duration } from '../../model/time.js';
import { useStatus } from '../../store/status.js';
import { Button } from '../../ui/Button.js';
import { Popover } from '../../ui/Popover.js';
import { Prose } from '../../ui/Prose.js';
import { text } from '../../ui/text.js';
import { askForFullView } from './full-view.js';
import styles from './Header.module.css';

const words = text.visibility;

interface FactLine {
  readonly fact: Fact;
  readonly inUse: readonly string[];
  readonly failed: readonly HookReport[];
}

const factLines = (hooks: readonly HookReport[]): readonly FactLine[] =>
  Fact.options.map((fact) => {
    const reports = hooks.filter((report) => report.fact === fact);
    return {
      fact,
      inUse: reports.filter(({ state }) => state === 'attached').map(({ hook }) => hook),
      failed: reports.filter(({ state }) => state === 'failed'),
    };
  });

const isTold = (fact: Fact, lines: readonly FactLine[]): boolean =>
  lines.some((line) => line.fact === fact && line.inUse.length > 0);

/** A bind that both succeeds and fails in sight needs no telling that it was tried. */
const byOutcome = (fact: Fact, lines: readonly FactLine[]): boolean =>
  fact === 'attempted' && isTold('bound', lines) && isTold('bind_failed', lines);

const stateOf = (fact: Fact, lines: readonly FactLine[]): 'told' | 'outcome' | 'not' =>
  isTold(fact, lines) ? 'told' : byOutcome(fact, lines) ? 'outcome' : 'not';

/** Polls find what exists; what failed leaves nothing for them to find. */
const withoutHook = (fact: Fact, lines: readonly FactLine[]): string => {
  if (byOutcome(fact, lines)) return words.byOutcome;
  if (fact === 'activity') return words.notCounted;
  return fact === 'attempted' || fact === 'bind_failed' ? words.notSeen : words.notTold;
};

const Hooks = ({ hooks }: { readonly hooks: readonly HookReport[] }): ReactElement => {
  const lines = useMemo(() => factLines(hooks), [hooks]);
  return (
    <dl className={styles['hooks']} data-testid="hooks">
      {lines.map(({ fact, inUse, failed }) => (
        <div key={fact} className={styles['hook']} data-told={stateOf(fact, lines)}>
          <dt>{words.facts[fact]}</dt>
          <dd>
            {inUse.length === 0 ? (
              <span className={styles['polled']}>{withoutHook(fact, lines)}</span>
            ) : (
              inUse.join(', ')
            )}
            {inUse.length > 0
              ? null
              : failed.map((report) => (
                  <span key={report.hook} className={styles['hookReason']}>
                    {report.reason === null ? report.hook : words.failed(report.hook, report.reason)}
                  </span>
                ))}
          </dd>
        </div>
      ))}
    </dl>
  );
};

const Body = ({ status }: { readonly status: EngineStatus }): ReactElement => {
  const [asking, setAsking] = useState(false);
  return (
    <div className={styles['visibility']}>
      <p>{status.reason === null ? words.full : <Prose text={status.reason} />}</p>
      {status.remedy === null ? null : (
        <p className={styles['remedy']}>
          <Prose text={status.remedy} />
        </p>
      )}
      {status.canAskForFullView ? (
        <Button
          look="primary"
          icon={<ShieldCheck />}
          data-testid="enable-full-view"
          disabled={asking}
          onClick={() => {
            setAsking(true);
            void askForFullView().finally(() => setAsking(false));
          }}
        >
          {asking ? words.asking : words.enable}
        </Button>
      ) : null}
      <Hooks hooks={status.hooks} />
      <footer className={styles['visibilityFoot']}>
        {status.poll === null ? null : (
          <p>
            {words.poll(duration(status.poll.tookMs), status.poll.processes, status.poll.sockets)},{' '}
            {words.every(duration(status.pollIntervalMs))}
          </p>
        )}
        <p>{words.host(status.host.name, status.host.kernel)}</p>
      </footer>
    </div>
  );
};

export const VisibilityPopover = (): ReactElement | null => {
  const status = useStatus((state) => state.status);
  if (status === null) return null;
  return (
    <Popover
      title={words.title}
      width="wide"
      testId="visibility-popover"
      trigger={
        <Button
          look="quiet"
          className={styles['visibilityButton']}
          data-visibility={status.visibility}
          data-testid="visibility"
        >
          <Eye className={styles['visibilityIcon']} />
          {words.label[status.visibility]}
          <ChevronDown />
        </Button>
      }
    >
      <Body status={status} />
    </Popover>
  );
};

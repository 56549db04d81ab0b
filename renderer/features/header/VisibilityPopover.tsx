import { ChevronDown, Eye, ShieldCheck } from 'lucide-react';
import { useMemo, useState, type ReactElement } from 'react';
import { listeningRingRemedy, ringSizeText, sightOf, type EngineStatus } from '../../../contract/index.js';
import { duration } from '../../model/time.js';
import { useStatus } from '../../store/status.js';
import { Button } from '../../ui/Button.js';
import { Popover } from '../../ui/Popover.js';
import { Prose } from '../../ui/Prose.js';
import { text } from '../../ui/text.js';
import { askForFullView } from './full-view.js';
import styles from './Header.module.css';

const words = text.visibility;

/** What is in use and what one does without; of hooks that were refused, their words. */
const Hooks = ({ status }: { readonly status: EngineStatus }): ReactElement => {
  const { hooks, visibility } = status;
  const sights = useMemo(() => sightOf(hooks, visibility === 'limited'), [hooks, visibility]);
  return (
    <dl className={styles['hooks']} data-testid="hooks">
      {sights.map(({ fact, state, inUse, lacks, refused }) => (
        <div key={fact} className={styles['hook']} data-told={state} data-testid={`fact-${fact}`}>
          <dt>{words.facts[fact]}</dt>
          <dd>
            {inUse.length === 0 ? null : <span className={styles['inUse']}>{inUse.join(', ')}</span>}
            {lacks.map((lack) => (
              <span key={lack} className={styles['lack']}>
                {lack}
              </span>
            ))}
            {state === 'told' && lacks.length === 0
              ? null
              : refused.map((report) => (
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

const helperText = ({ pid, origin }: NonNullable<EngineStatus['helperProcess']>): string =>
  words.helper(pid, origin === null ? null : words.origins[origin]);

/** What was lost, and in how much room; of a helper that is not started here, where that is changed. */
const Losses = ({ status: { lost, helperProcess } }: { readonly status: EngineStatus }): ReactElement => (
  <>
    <p data-testid="losses">
      {helperProcess?.ringBytes === undefined
        ? null
        : `${words.ring(ringSizeText(helperProcess.ringBytes))}. `}
      {words.lost(lost.kernel, lost.skipped, lost.queue)}
    </p>
    {lost.kernel > 0 && helperProcess?.origin === 'listening' ? (
      <p>
        <Prose text={listeningRingRemedy} />
      </p>
    ) : null}
  </>
);

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
      <Hooks status={status} />
      <footer className={styles['visibilityFoot']}>
        {status.poll === null ? null : (
          <p>
            {words.poll(duration(status.poll.tookMs), status.poll.processes, status.poll.sockets)},{' '}
            {words.every(duration(status.pollIntervalMs))}
          </p>
        )}
        {status.helperProcess === undefined ? null : <p>{helperText(status.helperProcess)}</p>}
        <Losses status={status} />
        <p>{words.host(status.host.name, status.host.kernel)}</p>
        <p>{words.never}</p>
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

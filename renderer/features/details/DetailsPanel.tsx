import { MousePointerClick, X } from 'lucide-react';
import { useMemo, type ReactElement } from 'react';
import type { CriterionId, ProcessKey, SocketKey } from '../../../contract/index.js';
import { conditionsOf } from '../../model/criterion-conditions.js';
import { findProcess } from '../../model/event-trail.js';
import { useCriteria } from '../../store/criteria.js';
import { useLive } from '../../store/live.js';
import { useSelection } from '../../store/selection.js';
import { IconButton } from '../../ui/Button.js';
import { EmptyState } from '../../ui/EmptyState.js';
import { PanelHead } from '../../ui/PanelHead.js';
import { count, text } from '../../ui/text.js';
import { EventDetails } from './EventDetails.js';
import { ProcessDetails } from './ProcessDetails.js';
import { SocketDetails } from './SocketDetails.js';
import { Fact, Heading, ProcessLink, Section } from './parts.js';
import styles from './Details.module.css';

const words = text.details;

const Gone = ({ why = words.goneText }: { readonly why?: string }): ReactElement => (
  <EmptyState title={words.goneTitle}>
    <p>{why}</p>
  </EmptyState>
);

const SelectedProcess = ({ id }: { readonly id: ProcessKey }): ReactElement => {
  const live = useLive((state) => state.processes.get(id));
  const events = useLive((state) => state.events);
  const former = useMemo(() => (live === undefined ? findProcess(events, id) : null), [live, events, id]);
  const process = live ?? former;
  return process === null ? <Gone /> : <ProcessDetails process={process} alive={live !== undefined} />;
};

const SelectedSocket = ({ id }: { readonly id: SocketKey }): ReactElement => {
  const row = useLive((state) => state.sockets.get(id)) ?? null;
  const events = useLive((state) => state.events);
  const closed = useMemo(() => {
    if (row !== null) return null;
    for (let place = events.appended - 1; place >= events.first; place -= 1) {
      const event = events.get(place);
      if (event !== undefined && 'socket' in event && event.socket.key === id) return event.socket;
    }
    return null;
  }, [row, events, id]);
  const socket = row?.socket ?? closed;
  return socket === null ? <Gone /> : <SocketDetails socket={socket} row={row} />;
};

const SelectedEvent = ({ seq }: { readonly seq: number }): ReactElement => {
  const event = useLive((state) => state.events.bySeq(seq));
  return event === undefined ? <Gone /> : <EventDetails event={event} />;
};

const SelectedCriterion = ({ id }: { readonly id: CriterionId }): ReactElement => {
  const criterion = useCriteria((state) => state.list.find((one) => one.id === id));
  const matches = useLive((state) => state.matches);
  const processes = useLive((state) => state.processes);
  const selected = useMemo(
    () =>
      [...matches.values()]
        .filter((match) => match.evaluation.criterionId === id)
        .flatMap((match) => {
          const process = processes.get(match.process);
          return process === undefined ? [] : [process];
        }),
    [matches, processes, id],
  );
  if (criterion === undefined) return <Gone why={words.criterionGone} />;
  return (
    <>
      <Heading
        title={criterion.name}
        state={criterion.enabled ? 'match' : 'closed'}
        stateText={
          !criterion.enabled
            ? text.criteria.off
            : criterion.exclude
              ? words.exclusion
              : text.criteria.nowTitle(selected.length)
        }
      />
      <Section title={criterion.exclude ? words.keepsOutBy : words.selectsBy}>
        <dl className={styles['facts']}>
          {conditionsOf(criterion).map(({ selector, text: written }) => (
            <Fact key={selector} name={words.selectors[selector]}>
              {written === null ? null : <code>{written}</code>}
            </Fact>
          ))}
        </dl>
      </Section>
      {criterion.exclude ? null : (
        <Section
          title={words.matchesNow}
          testId="details-matches"
          aside={<span className={styles['aside']}>{count(selected.length)}</span>}
        >
          {selected.length === 0 ? (
            <p className={styles['none']}>{words.matchesNone}</p>
          ) : (
            <ul className={styles['list']}>
              {selected.slice(0, 200).map((process) => (
                <li key={process.key} className={styles['matchLine']}>
                  <ProcessLink process={process} />
                </li>
              ))}
            </ul>
          )}
        </Section>
      )}
    </>
  );
};

const Selected = (): ReactElement => {
  const selected = useSelection((state) => state.selected);
  switch (selected?.kind) {
    case undefined:
      return (
        <EmptyState icon={<MousePointerClick />} title={words.nothingTitle} testId="details-empty">
          <p>{words.nothingText}</p>
        </EmptyState>
      );
    case 'process':
      return <SelectedProcess key={selected.key} id={selected.key} />;
    case 'socket':
      return <SelectedSocket key={selected.key} id={selected.key} />;
    case 'event':
      return <SelectedEvent key={selected.key} seq={selected.key} />;
    case 'criterion':
      return <SelectedCriterion key={selected.key} id={selected.key} />;
  }
};

export const DetailsPanel = (): ReactElement => {
  const clear = useSelection((state) => state.clear);
  const something = useSelection((state) => state.selected !== null);
  return (
    <aside className={styles['panel']} aria-label={words.title} data-testid="details">
      <PanelHead title={words.title}>
        {something ? (
          <IconButton label={words.close} hint="Esc" size="small" onClick={clear}>
            <X />
          </IconButton>
        ) : null}
      </PanelHead>
      <div className={styles['body']}>
        <Selected />
      </div>
    </aside>
  );
};

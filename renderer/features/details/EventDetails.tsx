import type { ReactElement } from 'react';
import type { BindscopeEvent, EventOf } from '../../../contract/index.js';
import { errnoInWords } from '../../model/errno.js';
import { processesOf } from '../../model/event-trail.js';
import { exitText } from '../../model/exit.js';
import { moment, msOf } from '../../model/time.js';
import { useNow } from '../../model/use-now.js';
import {
  closedAfterText,
  endpointText,
  eventText,
  protocolText,
  unknownOwnerText,
} from '../../model/words.js';
import { useSelection } from '../../store/selection.js';
import { shortenMiddle } from '../../ui/middle.js';
import { text } from '../../ui/text.js';
import { ConditionLine } from './Why.js';
import { Fact, Heading, ProcessLink, Section } from './parts.js';
import styles from './Details.module.css';

const words = text.details;

/** Characters; the whole is in the facts. */
const headingLength = 120;

const tone = (event: BindscopeEvent): string => {
  switch (event.name) {
    case 'socket.bind_failed':
      return 'failed';
    case 'socket.listening':
      return 'listening';
    case 'socket.bound':
      return 'bound';
    case 'watcher.lost':
    case 'watcher.degraded':
      return 'lost';
    default:
      return 'closed';
  }
};

/** `tp_btf/sched_process_exec`: where it does not fit it breaks after the slash. */
const HookName = ({ hook }: { readonly hook: string }): ReactElement => {
  const slash = hook.indexOf('/') + 1;
  return (
    <code className={styles['hook']}>
      {hook.slice(0, slash)}
      <wbr />
      {hook.slice(slash)}
    </code>
  );
};

const Failure = ({ event }: { readonly event: EventOf<'socket.bind_failed'> }): ReactElement => {
  const select = useSelection((state) => state.select);
  const { conflict } = event;
  return (
    <>
      <Fact name={words.address}>
        <span className={styles['mono']}>{endpointText(event.endpoint)}</span>
        <span className={styles['aside']}>{protocolText(event.endpoint)}</span>
      </Fact>
      <Fact name={words.reason}>
        <code>{event.error}</code>: {errnoInWords(event.error)}
      </Fact>
      {conflict === null ? null : (
        <Fact name={words.holder}>
          {conflict.process === null ? words.holderUnknown : <ProcessLink process={conflict.process} />}{' '}
          <button
            type="button"
            className={styles['link']}
            onClick={() => select({ kind: 'socket', key: conflict.socket })}
          >
            {words.itsSocket}
          </button>
        </Fact>
      )}
    </>
  );
};

const Specific = ({ event }: { readonly event: BindscopeEvent }): ReactElement | null => {
  const select = useSelection((state) => state.select);
  switch (event.name) {
    case 'socket.bound':
    case 'socket.listening':
    case 'socket.closed':
      return (
        <>
          {event.process === null ? (
            <Fact name={words.process}>
              <span className={styles['missing']}>{unknownOwnerText(event.ownerUid ?? null)}</span>
            </Fact>
          ) : null}
          <Fact name={words.socket}>
            <button
              type="button"
              className={styles['link']}
              onClick={() => select({ kind: 'socket', key: event.socket.key })}
            >
              <span className={styles['mono']}>{endpointText(event.socket)}</span>
            </button>
            <span className={styles['aside']}>{protocolText(event.socket)}</span>
          </Fact>
          {event.name === 'socket.closed' ? (
            <Fact name={words.closedAfter}>{closedAfterText(event)}</Fact>
          ) : null}
        </>
      );
    case 'socket.bind_failed':
      return <Failure event={event} />;
    case 'process.exec':
      return (
        <>
          <Fact name={words.before_}>
            <span className={styles['mono']}>{event.previousExecutable ?? text.unknown}</span>
          </Fact>
          <Fact name={words.after}>
            <span className={styles['mono']}>{event.process.executable ?? event.process.name}</span>
          </Fact>
        </>
      );
    case 'process.deleted':
      return <Fact name={words.exit}>{exitText(event.exitCode)}</Fact>;
    case 'match.ended':
    case 'watcher.degraded':
      return <Fact name={words.reason}>{event.reason}</Fact>;
    case 'watcher.lost':
      return <Fact name={words.reason}>{eventText(event)}</Fact>;
    case 'poll.completed':
      return <Fact name={words.found}>{eventText(event)}</Fact>;
    case 'process.created':
      return (
        <Fact name={words.command}>
          <span className={styles['mono']}>{eventText(event)}</span>
        </Fact>
      );
    case 'match.started':
    case 'watcher.ready':
      return null;
  }
};

export const EventDetails = ({ event }: { readonly event: BindscopeEvent }): ReactElement => {
  const ms = msOf(event.time);
  const now = useNow(60_000);
  const [process] = processesOf(event);
  return (
    <>
      <Heading
        title={text.events[event.name]}
        state={tone(event)}
        stateText={shortenMiddle(eventText(event), headingLength)}
      />
      <Section title={words.event} testId="details-event">
        <dl className={styles['facts']}>
          <Fact name={words.time}>
            <span className={styles['mono']}>{moment(ms, now, 6)}</span>
          </Fact>
          {process === undefined ? null : (
            <Fact name={words.process}>
              <ProcessLink process={process} />
            </Fact>
          )}
          <Specific event={event} />
          <Fact name={words.source}>
            {words.sources[event.source]}
            {event.hook === null ? null : <HookName hook={event.hook} />}
          </Fact>
        </dl>
      </Section>
      {event.name === 'match.started' ? (
        <Section title={words.why} testId="details-why">
          <p className={styles['evaluationName']}>{event.criterion.name}</p>
          <ul>
            {event.conditions.map((condition) => (
              <ConditionLine key={condition.selector} condition={condition} />
            ))}
          </ul>
        </Section>
      ) : null}
    </>
  );
};

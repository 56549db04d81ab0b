import { useMemo, type ReactElement, type ReactNode } from 'react';
import type { BindscopeEvent, ProcessInfo, SocketRow } from '../../../contract/index.js';
import { EventTrail } from '../../model/event-trail.js';
import { clockTime, moment, msOf } from '../../model/time.js';
import { useNow } from '../../model/use-now.js';
import { endpointText, eventText, protocolText } from '../../model/words.js';
import { useLive } from '../../store/live.js';
import { useSelection } from '../../store/selection.js';
import { shortenMiddle } from '../../ui/middle.js';
import { text } from '../../ui/text.js';
import styles from './Details.module.css';

/** A headed part of the panel. */
export const Section = ({
  title,
  aside,
  testId,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly testId?: string;
  readonly children: ReactNode;
}): ReactElement => (
  <section className={styles['section']} aria-label={title} data-testid={testId}>
    <div className={styles['sectionHead']}>
      <h3 className={styles['sectionTitle']}>{title}</h3>
      {aside}
    </div>
    {children}
  </section>
);

/** Name and value; the value may be selected. */
export const Fact = ({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ReactNode;
}): ReactElement => (
  <div className={styles['fact']}>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** A process that one can go to. */
export const ProcessLink = ({ process }: { readonly process: ProcessInfo }): ReactElement => {
  const select = useSelection((state) => state.select);
  return (
    <button
      type="button"
      className={styles['link']}
      title={process.executable ?? process.name}
      onClick={() => select({ kind: 'process', key: process.key })}
    >
      {process.name} <span className={styles['mono']}>{process.pid}</span>
    </button>
  );
};

export const SocketLine = ({ row }: { readonly row: SocketRow }): ReactElement => {
  const select = useSelection((state) => state.select);
  return (
    <li>
      <button
        type="button"
        className={styles['row']}
        onClick={() => select({ kind: 'socket', key: row.socket.key })}
      >
        <span className={styles['dot']} data-state={row.socket.state} />
        <span className={styles['rowMain']}>{endpointText(row.socket)}</span>
        <span className={styles['rowSide']}>
          {protocolText(row.socket)} {text.states[row.socket.state]}
        </span>
      </button>
    </li>
  );
};

const toneOf = (event: BindscopeEvent): string => {
  switch (event.name) {
    case 'socket.listening':
      return 'listening';
    case 'socket.bound':
      return 'bound';
    case 'socket.bind_failed':
      return 'failed';
    case 'watcher.lost':
    case 'watcher.degraded':
      return 'lost';
    case 'match.started':
      return 'match';
    default:
      return 'closed';
  }
};

const LIMIT = 100;
/** Characters of one event; the whole is a hover away. */
const lineLength = 80;

/** The events about one thing, newest first. Remount (by key) for another thing. */
export const EventList = ({
  concerns,
}: {
  readonly concerns: (event: BindscopeEvent) => boolean;
}): ReactElement => {
  const trail = useMemo(() => new EventTrail(concerns, LIMIT), [concerns]);
  const buffer = useLive((live) => live.events);
  const now = useNow(60_000);
  const { events, older } = useMemo(() => trail.read(buffer), [trail, buffer]);
  const select = useSelection((state) => state.select);
  if (events.length === 0) return <p className={styles['none']}>{text.details.eventsNone}</p>;
  return (
    <>
      <ul className={styles['list']}>
        {events.map((event) => (
          <li key={event.seq}>
            <button
              type="button"
              className={styles['event']}
              title={`${moment(msOf(event.time), now, 6)}\n${eventText(event)}`}
              onClick={() => select({ kind: 'event', key: event.seq })}
            >
              <span className={styles['time']}>{clockTime(msOf(event.time), 3)}</span>
              <span className={styles['dot']} data-state={toneOf(event)} />
              <span className={styles['eventName']}>
                {text.events[event.name]}{' '}
                <span className={styles['eventText']}>{shortenMiddle(eventText(event), lineLength)}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {older === 0 ? null : <p className={styles['none']}>{text.details.eventsMore(older)}</p>}
    </>
  );
};

/** Title of the panel: who, and one word of how it is. */
export const Heading = ({
  title,
  mono,
  state,
  stateText,
  children,
}: {
  readonly title: string;
  readonly mono?: string;
  readonly state: string;
  readonly stateText: string;
  readonly children?: ReactNode;
}): ReactElement => (
  <header className={styles['heading']}>
    <h2 className={styles['title']} data-testid="details-title">
      {title} {mono === undefined ? null : <span className={styles['titleMono']}>{mono}</span>}
    </h2>
    <p className={styles['state']}>
      <span className={styles['dot']} data-state={state} />
      {stateText}
    </p>
    {children}
  </header>
);

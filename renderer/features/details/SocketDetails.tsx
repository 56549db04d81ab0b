import { useCallback, type ReactElement } from 'react';
import type { BindscopeEvent, ProcessKey, Since, SocketInfo, SocketRow } from '../../../contract/index.js';
import { concernsSocket } from '../../model/event-trail.js';
import { moment, msOf } from '../../model/time.js';
import { useNow } from '../../model/use-now.js';
import { endpointText, protocolText, unknownOwnerText } from '../../model/words.js';
import { useLive } from '../../store/live.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { text } from '../../ui/text.js';
import { copyText } from '../copy.js';
import { EventList, Fact, Heading, ProcessLink, Section } from './parts.js';
import styles from './Details.module.css';

const words = text.details;

const Holder = ({ processKey }: { readonly processKey: ProcessKey }): ReactElement => {
  const process = useLive((live) => live.processes.get(processKey));
  return process === undefined ? (
    <span className={styles['mono']}>PID {processKey.split(':')[0]}</span>
  ) : (
    <ProcessLink process={process} />
  );
};

const SinceText = ({ since }: { readonly since: Since }): ReactElement => {
  const now = useNow(60_000);
  return since.exact ? (
    <span className={styles['mono']}>{moment(msOf(since.at), now, 3)}</span>
  ) : (
    <span className={styles['missing']}>{words.before}</span>
  );
};

/** A socket that exists (`row`), or one that was closed: then only its address is left. */
export const SocketDetails = ({
  socket,
  row,
}: {
  readonly socket: SocketInfo;
  readonly row: SocketRow | null;
}): ReactElement => {
  const concerns = useCallback((event: BindscopeEvent) => concernsSocket(event, socket.key), [socket.key]);
  return (
    <>
      <Heading
        title={`:${String(socket.port)}`}
        mono={protocolText(socket)}
        state={row === null ? 'closed' : socket.state}
        stateText={row === null ? words.closed : text.states[socket.state]}
      />
      <Section title={words.socket} testId="details-socket">
        <dl className={styles['facts']}>
          <Fact name={words.address}>
            <span className={styles['withCopy']}>
              <span className={styles['mono']}>{endpointText(socket)}</span>
              <CopyButton label={words.copyAddress} onCopy={() => copyText(endpointText(socket))} />
            </span>
          </Fact>
          {row === null ? null : (
            <>
              <Fact name={words.binder}>
                {row.binder === null ? (
                  <span className={styles['missing']}>{words.binderUnknown}</span>
                ) : (
                  <Holder processKey={row.binder} />
                )}
              </Fact>
              <Fact name={words.holders}>
                {row.holders.length === 0 ? (
                  <span className={styles['missing']}>{unknownOwnerText(row.uid ?? null)}</span>
                ) : (
                  <span className={styles['stack']}>
                    {row.holders.map((key) => (
                      <Holder key={key} processKey={key} />
                    ))}
                  </span>
                )}
              </Fact>
              <Fact name={words.since}>
                <SinceText since={row.since} />
              </Fact>
              {row.listeningSince === null ? null : (
                <Fact name={words.listeningSince}>
                  <SinceText since={row.listeningSince} />
                </Fact>
              )}
            </>
          )}
          <Fact name={words.netns}>
            <span className={styles['mono']}>{socket.networkNamespace}</span>
          </Fact>
        </dl>
      </Section>
      <Section title={words.events} testId="details-events">
        <EventList concerns={concerns} />
      </Section>
    </>
  );
};

import type { ReactElement } from 'react';
import type { EngineStatus, ProcessInfo, SocketRow } from '../../../contract/index.js';
import { peakOf, trafficOf } from '../../model/activity.js';
import { amountText, bytesText } from '../../model/quantity.js';
import { moment, msOf } from '../../model/time.js';
import { useActivity, type PortSeries } from '../../store/activity.js';
import { useLive } from '../../store/live.js';
import { present, useReplay } from '../../store/replay.js';
import { useStatus } from '../../store/status.js';
import { Sparkline } from '../../ui/Sparkline.js';
import { Tooltip } from '../../ui/Tooltip.js';
import { count, text } from '../../ui/text.js';
import { Section } from './parts.js';
import styles from './Details.module.css';

const words = text.activity;

/** CSS pixels; the width is stretched to the panel's. */
const WIDTH = 240;
const CONNECTIONS_HEIGHT = 28;
const BYTES_HEIGHT = 16;

/** Why nothing is counted here, in a sentence; null: it is. */
const whyNot = (status: EngineStatus | null): string | null => {
  if (status === null || status.visibility === 'limited') return words.limited;
  const reports = status.hooks.filter(({ fact }) => fact === 'activity');
  if (reports.some(({ state }) => state === 'attached')) return null;
  const failed = reports.find(({ state }) => state === 'failed');
  return words.failed(failed?.reason ?? words.noHook);
};

/** Other processes that hold a listening socket at the same port. */
const useSharers = ({ last }: PortSeries): number =>
  useLive((live) => {
    if (!last.shared) return 0;
    const others = new Set<string>();
    for (const { socket, holders } of live.sockets.values()) {
      const same =
        socket.state === 'listening' &&
        socket.transport === 'tcp' &&
        socket.port === last.port &&
        socket.networkNamespace === last.networkNamespace;
      if (same) for (const key of holders) if (key !== last.process) others.add(key);
    }
    return others.size;
  });

const Figure = ({
  name,
  now,
  total,
}: {
  readonly name: string;
  readonly now: string;
  readonly total?: string;
}): ReactElement => (
  <div className={styles['figure']}>
    <dt>{name}</dt>
    <dd className={styles['figureNow']}>{now}</dd>
    <dd className={styles['figureTotal']}>{total === undefined ? null : words.total(total)}</dd>
  </div>
);

const rate = (value: number, say: (value: number) => string): string =>
  Number.isNaN(value) ? '–' : words.perSecond(say(value));

const Figures = ({ series }: { readonly series: PortSeries }): ReactElement => {
  const { last, open } = series;
  const connections = series.values('accepted');
  const traffic = trafficOf(series);
  const bytesPeak = peakOf(traffic);
  const spoken = words.spoken(
    last.port,
    count(last.accepted),
    count(open),
    bytesText(last.bytesIn),
    bytesText(last.bytesOut),
  );
  return (
    <>
      <div className={styles['graph']}>
        <Sparkline values={connections} width={WIDTH} height={CONNECTIONS_HEIGHT} label={spoken} stretch />
        <p className={styles['caption']} aria-hidden="true">
          <span>{words.connections(amountText(peakOf(connections)))}</span>
          <span>{words.lastMinutes}</span>
        </p>
      </div>
      {bytesPeak === 0 ? null : (
        <div className={styles['graph']} data-kind="bytes" aria-hidden="true">
          <Sparkline values={traffic} width={WIDTH} height={BYTES_HEIGHT} label="" stretch />
          <p className={styles['caption']}>{words.bytes(bytesText(bytesPeak))}</p>
        </div>
      )}
      <dl className={styles['figures']}>
        <Figure
          name={words.accepted}
          now={rate(series.newest('accepted'), amountText)}
          total={count(last.accepted)}
        />
        <Figure name={words.open} now={count(open)} />
        <Figure
          name={words.bytesIn}
          now={rate(series.newest('bytesIn'), bytesText)}
          total={bytesText(last.bytesIn)}
        />
        <Figure
          name={words.bytesOut}
          now={rate(series.newest('bytesOut'), bytesText)}
          total={bytesText(last.bytesOut)}
        />
      </dl>
    </>
  );
};

const Port = ({ series }: { readonly series: PortSeries }): ReactElement => {
  const { last } = series;
  const others = useSharers(series);
  const since = moment(msOf(last.since), present());
  const quiet = last.accepted + last.closed + last.bytesIn + last.bytesOut === 0;
  return (
    <div className={styles['activityPort']} data-testid="activity-port" data-port={last.port}>
      <p className={styles['activityHead']}>
        <span className={styles['mono']}>{words.port(last.port)}</span>
        {last.shared ? (
          <Tooltip text={words.sharedHint}>
            <span className={styles['aside']} tabIndex={0}>
              {words.shared(others)}
            </span>
          </Tooltip>
        ) : null}
      </p>
      {quiet ? null : <Figures series={series} />}
      <p className={styles['none']}>{quiet ? words.none(since) : words.since(since)}</p>
    </div>
  );
};

/** Connections at the ports where a process listens, as the kernel counts them; one quiet line where it does not. */
export const Activity = ({
  process,
  rows,
  matched,
  alive,
}: {
  readonly process: ProcessInfo;
  readonly rows: readonly SocketRow[];
  readonly matched: boolean;
  readonly alive: boolean;
}): ReactElement | null => {
  const activity = useActivity((state) => state.processes.get(process.key));
  const replaying = useReplay((state) => state.replay !== null);
  const status = useStatus((state) => state.status);
  const listens = rows.some(
    ({ socket, holders }) =>
      socket.transport === 'tcp' && socket.state === 'listening' && holders.includes(process.key),
  );
  if (!alive || !listens) return null;
  const reason = replaying ? words.replay : (whyNot(status) ?? (matched ? null : words.unmatched));
  return (
    <Section title={words.title} testId="details-activity">
      {reason !== null ? (
        <p className={styles['none']}>{reason}</p>
      ) : activity === undefined ? (
        <p className={styles['none']}>{words.waiting}</p>
      ) : (
        activity.ports.map((series) => (
          <Port key={`${String(series.last.port)} ${String(series.last.networkNamespace)}`} series={series} />
        ))
      )}
    </Section>
  );
};

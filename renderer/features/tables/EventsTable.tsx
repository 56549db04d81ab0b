import { ArrowDown } from 'lucide-react';
import { useEffect, useReducer, useState, type ReactElement } from 'react';
import type { BindscopeEvent } from '../../../contract/index.js';
import { processesOf } from '../../model/event-trail.js';
import { isEmptyFilter } from '../../model/filter.js';
import { filterInForce } from '../../model/filter-in-force.js';
import { concernedNow, FilteredEvents, portOf } from '../../model/table-events.js';
import { calendarDate, clockTime, msOf } from '../../model/time.js';
import { eventText, processText } from '../../model/words.js';
import { useFilter } from '../../store/filter.js';
import { useLive } from '../../store/live.js';
import { useSelection } from '../../store/selection.js';
import { Button } from '../../ui/Button.js';
import { MiddleText } from '../../ui/MiddleText.js';
import { text as common } from '../../ui/text.js';
import { copyText } from '../copy.js';
import { AllProcessesToggle, OnlyPassersBy, useAllProcesses } from './AllProcesses.js';
import { DataTable, type Column } from './DataTable.js';
import { showOnTimeline } from './show-on-timeline.js';
import { NothingHere, TableCounts } from './TableParts.js';
import { text } from './tables-text.js';
import styles from './TablesPane.module.css';

/** Command lines and paths are cut in their middle: their ends tell them apart. */
const WhatCell = ({ event }: { readonly event: BindscopeEvent }): ReactElement => {
  const what = eventText(event);
  return event.name === 'process.created' || event.name === 'process.exec' ? (
    <MiddleText text={what} />
  ) : (
    <span title={what}>{what}</span>
  );
};

type EventColumn = 'time' | 'event' | 'port' | 'process' | 'pid' | 'what';

const clock = ({ time }: BindscopeEvent): string => clockTime(msOf(time), 3);
const fullTime = ({ time }: BindscopeEvent): string =>
  `${calendarDate(msOf(time))} ${clockTime(msOf(time), 6)}`;

const columns: readonly Column<BindscopeEvent, EventColumn>[] = [
  {
    id: 'time',
    title: text.columns.time,
    width: 104,
    mono: true,
    cell: (event) => <span title={fullTime(event)}>{clock(event)}</span>,
  },
  {
    id: 'event',
    title: text.columns.event,
    width: 150,
    mono: true,
    cell: (event) => (
      <span className={styles['event']} data-event={event.name} title={common.events[event.name]}>
        {event.name}
      </span>
    ),
  },
  { id: 'port', title: text.columns.port, width: 56, align: 'right', mono: true, cell: portOf },
  {
    id: 'process',
    title: text.columns.process,
    width: 92,
    grow: 0.5,
    cell: (event) => processesOf(event)[0]?.name,
  },
  {
    id: 'pid',
    title: text.columns.pid,
    width: 60,
    align: 'right',
    mono: true,
    cell: (event) => processesOf(event)[0]?.pid,
  },
  {
    id: 'what',
    title: text.columns.what,
    width: 220,
    grow: 4,
    mono: true,
    cell: (event) => <WhatCell event={event} />,
  },
];

const toneOf = ({ name }: BindscopeEvent): string | undefined => {
  if (name === 'socket.bind_failed') return 'failed';
  return name === 'watcher.lost' || name === 'watcher.degraded' ? 'lost' : undefined;
};

const labelOf = (event: BindscopeEvent): string => {
  const process = processesOf(event)[0];
  return [clock(event), event.name, process === undefined ? null : processText(process), eventText(event)]
    .filter(Boolean)
    .join(', ');
};

const copied = (event: BindscopeEvent): string =>
  [
    fullTime(event),
    event.name,
    portOf(event) ?? '',
    processesOf(event)[0]?.name ?? '',
    processesOf(event)[0]?.pid ?? '',
    eventText(event),
  ].join('\t');

/** Busy logs are drawn this often, in ms. */
const drawEvery = 80;

/** What happened, oldest first; stays at the newest for as long as one is there. */
export const EventsTable = (): ReactElement => {
  const [filtered] = useState(() => new FilteredEvents());
  const [searching, setSearching] = useState(false);
  const [stuck, setStuck] = useState(true);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const all = useAllProcesses((state) => state.all);
  const filter = filterInForce(useFilter((state) => state.text));
  const selected = useSelection((state) => state.selected);
  const select = useSelection((state) => state.select);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let { sockets, matches } = useLive.getState();
    let concerned = concernedNow(useLive.getState());
    const run = (): void => {
      timer = null;
      const live = useLive.getState();
      if (live.sockets !== sockets || live.matches !== matches) concerned = concernedNow(live);
      ({ sockets, matches } = live);
      const done = filtered.update(live.events, filter, all ? null : concerned);
      setSearching(!done);
      redraw();
      if (!done) timer = setTimeout(run, 0);
    };
    run();
    const end = useLive.subscribe((next, before) => {
      const changed =
        next.events !== before.events || next.sockets !== before.sockets || next.matches !== before.matches;
      if (changed) timer ??= setTimeout(run, drawEvery);
    });
    return () => {
      end();
      if (timer !== null) clearTimeout(timer);
    };
  }, [filtered, filter, all]);

  const total = useLive.getState().events.length;
  const count = filtered.length;
  return (
    <>
      <TableCounts shown={count} total={total}>
        <AllProcessesToggle />
      </TableCounts>
      <DataTable
        name="events"
        label={text.events}
        columns={columns}
        count={count}
        rowAt={(index) => (index < 0 ? undefined : filtered.at(index))}
        keyOf={(event) => String(event.seq)}
        toneOf={toneOf}
        labelOf={labelOf}
        selectedIndex={selected?.kind === 'event' ? filtered.indexOf(selected.key) : -1}
        onSelect={(event) => select({ kind: 'event', key: event.seq })}
        onOpen={(event) => showOnTimeline(msOf(event.time))}
        onCopy={(event) => void copyText(copied(event))}
        stickToEnd={stuck}
        onStuck={setStuck}
        empty={
          searching ? (
            <p className={styles['searching']}>{text.searching}</p>
          ) : total > 0 && isEmptyFilter(filter) ? (
            <OnlyPassersBy total={total} />
          ) : (
            <NothingHere
              total={total}
              what={text.events.toLowerCase()}
              title={text.nothingEvents}
              hint={text.nothingEventsText}
            />
          )
        }
      />
      {stuck || count === 0 ? null : (
        <Button
          size="small"
          className={styles['newest']}
          icon={<ArrowDown />}
          onClick={() => setStuck(true)}
          data-testid="events-newest"
        >
          {text.newest}
        </Button>
      )}
    </>
  );
};

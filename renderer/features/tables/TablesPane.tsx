import { Tabs } from '@base-ui/react/tabs';
import { useState, type ReactElement } from 'react';
import { EventsTable } from './EventsTable.js';
import { PortsTable } from './PortsTable.js';
import { ProcessesTable } from './ProcessesTable.js';
import { CountsPlace } from './TableParts.js';
import { text } from './tables-text.js';
import styles from './TablesPane.module.css';

const tabs = [
  { id: 'ports', title: text.ports, Table: PortsTable },
  { id: 'processes', title: text.processes, Table: ProcessesTable },
  { id: 'events', title: text.events, Table: EventsTable },
] as const;

/** Ports, processes and events as tables. */
export const TablesPane = (): ReactElement => {
  const [place, setPlace] = useState<HTMLElement | null>(null);
  return (
    <Tabs.Root className={styles['pane']} defaultValue="ports" data-testid="tables">
      <div className={styles['bar']}>
        <Tabs.List className={styles['tabs']} aria-label={text.title}>
          {tabs.map(({ id, title }) => (
            <Tabs.Tab key={id} value={id} className={styles['tab']} data-testid={`tab-${id}`}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <div ref={setPlace} className={styles['counts']} />
      </div>
      <CountsPlace value={place}>
        {tabs.map(({ id, Table }) => (
          <Tabs.Panel key={id} value={id} className={styles['panel']} tabIndex={-1}>
            <Table />
          </Tabs.Panel>
        ))}
      </CountsPlace>
    </Tabs.Root>
  );
};

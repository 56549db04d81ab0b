import type { ReactElement } from 'react';
import { create } from 'zustand';
import { Button } from '../../ui/Button.js';
import { EmptyState } from '../../ui/EmptyState.js';
import { Switch } from '../../ui/Switch.js';
import { Tooltip } from '../../ui/Tooltip.js';
import { text } from './tables-text.js';
import styles from './TablesPane.module.css';

const storageKey = 'bindscope.events.all';

export interface AllProcesses {
  /** The lives of processes that never had a socket, a failed bind or a match are shown too. */
  readonly all: boolean;
  readonly setAll: (all: boolean) => void;
}

/** What the list of events shows of processes; remembered. */
export const useAllProcesses = create<AllProcesses>()((set) => ({
  all: localStorage.getItem(storageKey) === 'true',
  setAll: (all) => {
    localStorage.setItem(storageKey, String(all));
    set({ all });
  },
}));

export const AllProcessesToggle = (): ReactElement => {
  const { all, setAll } = useAllProcesses();
  return (
    <Tooltip text={text.allProcessesHint}>
      <span className={styles['toggle']} data-testid="events-all">
        <Switch label={text.allProcesses} checked={all} onChecked={setAll}>
          {text.allProcesses}
        </Switch>
      </span>
    </Tooltip>
  );
};

/** There are events, and every one is of a process that never had to do with a socket. */
export const OnlyPassersBy = ({ total }: { readonly total: number }): ReactElement => {
  const setAll = useAllProcesses((state) => state.setAll);
  return (
    <EmptyState title={text.onlyPassersBy} testId="table-empty">
      <span>{text.onlyPassersByText(total)}</span>
      <Button size="small" onClick={() => setAll(true)}>
        {text.showAllProcesses}
      </Button>
    </EmptyState>
  );
};

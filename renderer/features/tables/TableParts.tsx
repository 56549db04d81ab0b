import { SearchX } from 'lucide-react';
import { createContext, use, type ReactElement, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { useFilter } from '../../store/filter.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { EmptyState } from '../../ui/EmptyState.js';
import { text } from './tables-text.js';
import styles from './TablesPane.module.css';

/** Where a table puts its counts: the end of the bar of tabs. */
export const CountsPlace = createContext<HTMLElement | null>(null);

export interface TableCountsProps {
  readonly shown: number;
  readonly total: number;
  readonly waiting?: number;
  /** In front of the counts. */
  readonly children?: ReactNode;
}

export const TableCounts = ({
  shown,
  total,
  waiting = 0,
  children,
}: TableCountsProps): ReactElement | null => {
  const place = use(CountsPlace);
  if (place === null) return null;
  return createPortal(
    <>
      {children}
      {waiting === 0 ? null : (
        <span title={text.waitingHint} data-testid="table-waiting">
          <Badge tone="good">{text.waiting(waiting)}</Badge>
        </span>
      )}
      <span className={styles['count']} data-testid="table-count">
        {text.shown(shown, total)}
      </span>
    </>,
    place,
  );
};

export interface NothingHereProps {
  /** Rows there are, all hidden by the filter when not 0. */
  readonly total: number;
  readonly what: string;
  readonly title: string;
  readonly hint: string;
}

export const NothingHere = ({ total, what, title, hint }: NothingHereProps): ReactElement => {
  const setText = useFilter((state) => state.setText);
  return total === 0 ? (
    <EmptyState title={title} testId="table-empty">
      {hint}
    </EmptyState>
  ) : (
    <EmptyState icon={<SearchX />} title={text.noMatch} testId="table-empty">
      <span>{text.noMatchText(total, what)}</span>
      <Button size="small" onClick={() => setText('')}>
        {text.clearFilter}
      </Button>
    </EmptyState>
  );
};

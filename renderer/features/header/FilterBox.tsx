import { Search, X } from 'lucide-react';
import { useMemo, type ReactElement } from 'react';
import { parseFilter } from '../../model/filter.js';
import { useFilter } from '../../store/filter.js';
import { Kbd } from '../../ui/Kbd.js';
import { text } from '../../ui/text.js';
import styles from './Header.module.css';

const words = text.header;

/** Where shortcuts find the box. */
export const FILTER_ID = 'filter';

export const FilterBox = (): ReactElement => {
  const { text: typed, setText } = useFilter();
  const parsed = useMemo(() => parseFilter(typed), [typed]);
  return (
    <div className={styles['filter']} data-invalid={parsed.ok ? undefined : ''} role="search">
      <Search className={styles['filterIcon']} aria-hidden="true" />
      <input
        id={FILTER_ID}
        className={styles['filterInput']}
        data-testid="filter"
        aria-label={words.filter}
        aria-invalid={!parsed.ok}
        aria-describedby={parsed.ok ? undefined : 'filter-problem'}
        placeholder={words.filterPlaceholder}
        value={typed}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          if (typed === '') event.currentTarget.blur();
          else setText('');
        }}
      />
      {typed === '' ? (
        <Kbd keys="Ctrl+K" />
      ) : (
        <button
          type="button"
          className={styles['filterClear']}
          aria-label={words.clearFilter}
          onClick={() => setText('')}
        >
          <X />
        </button>
      )}
      {parsed.ok ? null : (
        <p id="filter-problem" className={styles['filterProblem']} role="alert">
          {parsed.message}
        </p>
      )}
    </div>
  );
};

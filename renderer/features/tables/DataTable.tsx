import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronDown, ChevronUp } from 'lucide-react';
import {
  useEffect,
  useId,
  useRef,
  type KeyboardEvent,
  type PointerEvent,
  type ReactElement,
  type ReactNode,
} from 'react';
import type { Phase } from '../../model/table-presence.js';
import styles from './DataTable.module.css';
import { text } from './tables-text.js';
import { useColumnWidths } from './use-column-widths.js';

/** CSS pixels, as in the tokens. */
const rowHeight = 24;

export interface Column<Row, Id extends string> {
  readonly id: Id;
  readonly title: string;
  /** CSS pixels at least, until the user sets a width. */
  readonly width: number;
  /** Share of the room that is left; 0 where not given. */
  readonly grow?: number;
  readonly align?: 'right';
  readonly mono?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

export interface DataTableProps<Row, Id extends string> {
  /** Also names the rows in the page: `ports` gives `ports-row`. */
  readonly name: string;
  readonly label: string;
  readonly columns: readonly Column<Row, Id>[];
  readonly count: number;
  readonly rowAt: (index: number) => Row | undefined;
  readonly keyOf: (row: Row) => string;
  readonly phaseOf?: (row: Row) => Phase;
  /** Draws a row apart, e.g. `failed`. */
  readonly toneOf?: (row: Row) => string | undefined;
  readonly labelOf: (row: Row) => string;
  /** -1: none of the rows. */
  readonly selectedIndex: number;
  readonly onSelect: (row: Row) => void;
  /** Enter or double click. */
  readonly onOpen: (row: Row) => void;
  readonly onCopy: (row: Row) => void;
  readonly sort?: { readonly column: Id; readonly descending: boolean };
  readonly onSort?: (column: Id) => void;
  /** The pointer came onto the rows, or left them. */
  readonly onHold?: (held: boolean) => void;
  /** Keeps the end in view while it is in view. */
  readonly stickToEnd?: boolean;
  readonly onStuck?: (stuck: boolean) => void;
  readonly empty: ReactNode;
}

/** A virtualised grid: the rows in view are in the page, all of them are counted. */
export const DataTable = <Row, Id extends string>({
  name,
  label,
  columns,
  count,
  rowAt,
  keyOf,
  phaseOf,
  toneOf,
  labelOf,
  selectedIndex,
  onSelect,
  onOpen,
  onCopy,
  sort,
  onSort,
  onHold,
  stickToEnd = false,
  onStuck,
  empty,
}: DataTableProps<Row, Id>): ReactElement => {
  'use no memo';
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const { widths, template, setWidth } = useColumnWidths(name, columns);
  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler is kept off by the directive above
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    // The head lies above the rows and stays over them.
    scrollMargin: rowHeight,
    scrollPaddingStart: rowHeight,
  });

  useEffect(() => {
    const element = scroller.current;
    if (stickToEnd && element !== null) element.scrollTop = element.scrollHeight;
  });

  useEffect(() => {
    if (selectedIndex >= 0) virtual.scrollToIndex(selectedIndex, { align: 'auto' });
    // Only a new selection moves the table, not rows that shift the selected one.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selectedIndex >= 0 ? keyAt(rowAt, keyOf, selectedIndex) : null]);

  const move = (to: number): void => {
    const index = Math.min(count - 1, Math.max(0, to));
    const row = rowAt(index);
    if (row === undefined) return;
    onSelect(row);
    virtual.scrollToIndex(index, { align: 'auto' });
  };

  const key = (event: KeyboardEvent<HTMLDivElement>): void => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const row = rowAt(selectedIndex);
    if ((event.ctrlKey || event.metaKey) && event.key === 'c') {
      // Text that the user marked goes first.
      if (row === undefined || window.getSelection()?.isCollapsed === false) return;
      onCopy(row);
    } else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === 'ArrowDown') move(selectedIndex + 1);
    else if (event.key === 'ArrowUp') move(selectedIndex < 0 ? count - 1 : selectedIndex - 1);
    else if (event.key === 'PageDown') move(selectedIndex + page);
    else if (event.key === 'PageUp') move(selectedIndex - page);
    else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(count - 1);
    else if (event.key === 'Enter' && row !== undefined) onOpen(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const least = columns.reduce((sum, column) => sum + (widths[column.id] ?? 0), 0);

  const resize = (column: Id, event: PointerEvent<HTMLElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const cell = event.currentTarget.parentElement;
    if (cell !== null) setWidth(column, event.clientX - cell.getBoundingClientRect().left);
  };

  return (
    <div
      ref={scroller}
      className={styles['table']}
      role="grid"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-activedescendant={selectedIndex >= 0 ? `${id}-${String(selectedIndex)}` : undefined}
      tabIndex={0}
      data-testid={`${name}-table`}
      onKeyDown={key}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        const atEnd = scrollHeight - scrollTop - clientHeight < rowHeight;
        if (atEnd !== stuck.current) onStuck?.(atEnd);
        stuck.current = atEnd;
      }}
    >
      <div className={styles['head']} role="row" style={{ gridTemplateColumns: template, minWidth: least }}>
        {columns.map((column, index) => (
          <div
            key={column.id}
            className={styles['headCell']}
            role="columnheader"
            data-align={column.align}
            aria-sort={sort?.column !== column.id ? undefined : sort.descending ? 'descending' : 'ascending'}
          >
            {onSort === undefined ? (
              <span className={styles['headText']}>{column.title}</span>
            ) : (
              <button
                type="button"
                className={styles['sort']}
                tabIndex={-1}
                onClick={() => onSort(column.id)}
              >
                <span className={styles['headText']}>{column.title}</span>
                {sort?.column !== column.id ? null : sort.descending ? <ChevronDown /> : <ChevronUp />}
              </button>
            )}
            {index === columns.length - 1 ? null : (
              <span
                className={styles['grip']}
                role="separator"
                aria-orientation="vertical"
                aria-label={text.resize(column.title)}
                onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
                onPointerMove={(event) => resize(column.id, event)}
              />
            )}
          </div>
        ))}
      </div>
      {count === 0 ? (
        <div className={styles['empty']}>{empty}</div>
      ) : (
        <div
          className={styles['rows']}
          role="rowgroup"
          style={{ height: virtual.getTotalSize(), minWidth: least }}
          onPointerEnter={() => onHold?.(true)}
          onPointerLeave={() => onHold?.(false)}
        >
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rowAt(index);
            if (row === undefined) return null;
            return (
              <div
                key={keyOf(row)}
                id={`${id}-${String(index)}`}
                className={styles['row']}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={index === selectedIndex}
                aria-label={labelOf(row)}
                data-testid={`${name}-row`}
                data-key={keyOf(row)}
                data-phase={phaseOf?.(row)}
                data-tone={toneOf?.(row)}
                style={{
                  gridTemplateColumns: template,
                  transform: `translateY(${String(start - rowHeight)}px)`,
                }}
                onClick={() => onSelect(row)}
                onDoubleClick={() => onOpen(row)}
              >
                {columns.map((column) => (
                  <div
                    key={column.id}
                    className={styles['cell']}
                    role="gridcell"
                    data-align={column.align}
                    data-mono={column.mono === true ? '' : undefined}
                    data-column={column.id}
                  >
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      )}
    </div>
  );
};

const keyAt = <Row,>(
  rowAt: (index: number) => Row | undefined,
  keyOf: (row: Row) => string,
  index: number,
): string | null => {
  const row = rowAt(index);
  return row === undefined ? null : keyOf(row);
};

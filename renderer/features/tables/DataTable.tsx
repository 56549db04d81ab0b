import { useVirtualizer } from '@tanstack/react-virtual';
import {
  useEffect,
  useId,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
} from 'react';
import type { Phase } from '../../model/table-presence.js';
import styles from './DataTable.module.css';
import { TableHead } from './TableHead.js';
import { useColumnWidths, type ColumnShape } from './use-column-widths.js';

/** CSS pixels, as in the tokens and in base.css. */
const rowHeight = 24;
const scrollbarWidth = 10;

export interface Column<Row, Id extends string> extends ColumnShape<Id> {
  readonly title: string;
  readonly align?: 'right';
  readonly mono?: boolean;
  /** Columns that the cell takes, itself included; 1 where not given. */
  readonly span?: (row: Row) => number;
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
  const [room, setRoom] = useState(Infinity);
  const layout = useColumnWidths(name, columns, room);
  const { least, template } = layout;
  const shown = columns.filter(({ id }) => layout.shown.includes(id));
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
    const element = scroller.current;
    if (element === null) return undefined;
    // Without the vertical scrollbar, whether or not it is there now: it must not make columns come and go.
    const observer = new ResizeObserver(() => setRoom(element.offsetWidth - scrollbarWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (selectedIndex >= 0) virtual.scrollToIndex(selectedIndex, { align: 'auto' });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only a new selection moves the table, not rows that shift the selected one
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
      <TableHead columns={shown} layout={layout} sort={sort} onSort={onSort} />
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
                {cellsOf(shown, row).map(({ column, span }) => (
                  <div
                    key={column.id}
                    className={styles['cell']}
                    role="gridcell"
                    data-align={column.align}
                    data-mono={column.mono === true ? '' : undefined}
                    data-column={column.id}
                    style={span === 1 ? undefined : { gridColumn: `span ${String(span)}` }}
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

/** The columns that have a cell in a row: those a wider cell lies over have none. */
const cellsOf = <Row, Id extends string>(
  columns: readonly Column<Row, Id>[],
  row: Row,
): readonly { readonly column: Column<Row, Id>; readonly span: number }[] => {
  const cells: { column: Column<Row, Id>; span: number }[] = [];
  for (let index = 0; index < columns.length;) {
    const column = columns[index];
    if (column === undefined) break;
    const span = Math.min(column.span?.(row) ?? 1, columns.length - index);
    cells.push({ column, span });
    index += span;
  }
  return cells;
};

const keyAt = <Row,>(
  rowAt: (index: number) => Row | undefined,
  keyOf: (row: Row) => string,
  index: number,
): string | null => {
  const row = rowAt(index);
  return row === undefined ? null : keyOf(row);
};

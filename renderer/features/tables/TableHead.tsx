import { ChevronDown, ChevronUp } from 'lucide-react';
import { useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import styles from './DataTable.module.css';
import { text } from './tables-text.js';
import { leastWidth, mostWidth, type useColumnWidths } from './use-column-widths.js';

export interface HeadColumn<Id extends string> {
  readonly id: Id;
  readonly title: string;
  readonly align?: 'right';
}

export interface TableHeadProps<Id extends string> {
  readonly columns: readonly HeadColumn<Id>[];
  readonly layout: ReturnType<typeof useColumnWidths<Id>>;
  readonly sort: { readonly column: Id; readonly descending: boolean } | undefined;
  readonly onSort: ((column: Id) => void) | undefined;
}

/** What an arrow key does to a width, CSS pixels. */
const step = 8;
const largeStep = 40;

/**
 * Titles of the columns, and a grip after each. One title and its grip are stops of the Tab key; left
 * and right on a title go to the others, on a grip they set the width.
 */
export const TableHead = <Id extends string>({
  columns,
  layout,
  sort,
  onSort,
}: TableHeadProps<Id>): ReactElement => {
  'use no memo';
  const head = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const stop = Math.min(current, columns.length - 1);

  const focus = (to: number): void => {
    const index = Math.min(columns.length - 1, Math.max(0, to));
    setCurrent(index);
    const cell = head.current?.children[index];
    if (cell instanceof HTMLElement) cell.focus();
  };

  const titleKey = (event: KeyboardEvent, index: number, id: Id): void => {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'ArrowRight') focus(index + 1);
    else if (event.key === 'ArrowLeft') focus(index - 1);
    else if (event.key === 'Home') focus(0);
    else if (event.key === 'End') focus(columns.length - 1);
    else if ((event.key === 'Enter' || event.key === ' ') && onSort !== undefined) onSort(id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const widthAt = (index: number): number =>
    head.current?.children[index]?.getBoundingClientRect().width ?? layout.least / columns.length;

  /** Columns before keep the width they have, so that the edge under the pointer goes where it goes. */
  const setWidth = (index: number, width: number): void => {
    const widths: Partial<Record<Id, number>> = {};
    columns.slice(0, index + 1).forEach(({ id }, at) => {
      widths[id] = at === index ? width : widthAt(at);
    });
    layout.setWidths(widths);
  };

  const gripKey = (event: KeyboardEvent, index: number): void => {
    const by = event.shiftKey ? largeStep : step;
    if (event.key === 'ArrowRight') setWidth(index, widthAt(index) + by);
    else if (event.key === 'ArrowLeft') setWidth(index, widthAt(index) - by);
    else if (event.key === 'Enter') layout.reset();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={head}
      className={styles['head']}
      role="row"
      style={{ gridTemplateColumns: layout.template, minWidth: layout.least }}
    >
      {columns.map((column, index) => (
        <div
          key={column.id}
          className={styles['headCell']}
          role="columnheader"
          data-align={column.align}
          data-testid={`column-${column.id}`}
          tabIndex={index === stop ? 0 : -1}
          aria-sort={sort?.column !== column.id ? undefined : sort.descending ? 'descending' : 'ascending'}
          onFocus={() => setCurrent(index)}
          onKeyDown={(event) => titleKey(event, index, column.id)}
        >
          {onSort === undefined ? (
            <span className={styles['headText']}>{column.title}</span>
          ) : (
            <button type="button" className={styles['sort']} tabIndex={-1} onClick={() => onSort(column.id)}>
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
              aria-valuenow={Math.round(layout.widths[column.id] ?? 0)}
              aria-valuemin={leastWidth}
              aria-valuemax={mostWidth}
              title={text.resizeHint}
              tabIndex={index === stop ? 0 : -1}
              onKeyDown={(event) => gripKey(event, index)}
              onDoubleClick={layout.reset}
              onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
              onPointerMove={(event) => {
                const cell = event.currentTarget.parentElement;
                if (cell === null || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
                setWidth(index, event.clientX - cell.getBoundingClientRect().left);
              }}
            />
          )}
        </div>
      ))}
    </div>
  );
};

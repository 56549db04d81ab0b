import {
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type ReactElement,
  type Ref,
  type UIEvent,
} from 'react';
import styles from './Configuration.module.css';

/** Height of a line in pixels, as in the style sheet. */
const LINE = 18;
/** Space above the first line, as in the style sheet. */
const PAD = 6;

/** A place in a text, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface CodeFieldHandle {
  focus(): void;
  /** Puts the cursor at a place and shows it. */
  goTo(place: Place): void;
}

export interface CodeFieldProps {
  readonly label: string;
  readonly value: string;
  /** Absent: the text is only read. */
  readonly onValue?: (value: string) => void;
  readonly placeholder?: string;
  /** Lines to be marked, and the character in each where it is wrong. */
  readonly marks?: readonly Place[];
  readonly ref?: Ref<CodeFieldHandle>;
  readonly testId?: string;
}

/** Offset of a place in a text; the end of its line where the line is shorter. */
export const offsetOf = (text: string, { line, column }: Place): number => {
  let start = 0;
  for (let at = 1; at < line; at += 1) {
    const end = text.indexOf('\n', start);
    if (end < 0) return text.length;
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return Math.min(start + column - 1, end < 0 ? text.length : end);
};

const linesOf = (text: string): number => {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
};

/** A text of many lines with their numbers. Only the numbers in view are in the page, however long the text. */
export const CodeField = ({
  label,
  value,
  onValue,
  placeholder,
  marks = [],
  ref,
  testId,
}: CodeFieldProps): ReactElement => {
  const area = useRef<HTMLTextAreaElement>(null);
  const [scroll, setScroll] = useState({ top: 0, left: 0, height: 0 });

  const measure = (element: HTMLTextAreaElement): void =>
    setScroll({ top: element.scrollTop, left: element.scrollLeft, height: element.clientHeight });

  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return undefined;
    measure(element);
    if (typeof ResizeObserver === 'undefined') return undefined;
    const observer = new ResizeObserver(() => measure(element));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useImperativeHandle(
    ref,
    () => ({
      focus: () => area.current?.focus(),
      goTo: (place) => {
        const element = area.current;
        if (element === null) return;
        const offset = offsetOf(value, place);
        element.focus();
        element.setSelectionRange(offset, offset);
        element.scrollTop = Math.max(0, (place.line - 1) * LINE - element.clientHeight / 3);
      },
    }),
    [value],
  );

  const lines = linesOf(value);
  const first = Math.max(0, Math.floor((scroll.top - PAD) / LINE));
  const last = Math.min(lines, first + Math.ceil(scroll.height / LINE) + 2);
  const wrong = new Set(marks.map(({ line }) => line));
  const topOf = (line: number): number => PAD + (line - 1) * LINE - scroll.top;

  return (
    <div className={styles['code']} data-readonly={onValue === undefined ? '' : undefined}>
      <div className={styles['gutter']} aria-hidden="true">
        {Array.from({ length: last - first }, (_, index) => first + index + 1).map((line) => (
          <span key={line} data-wrong={wrong.has(line) ? '' : undefined} style={{ top: topOf(line) }}>
            {line}
          </span>
        ))}
      </div>
      <div className={styles['page']}>
        <div className={styles['marks']} aria-hidden="true">
          {marks
            .filter(({ line }) => line > first && line <= last)
            .map(({ line, column }) => (
              <span
                key={`${String(line)}:${String(column)}`}
                className={styles['lineMark']}
                data-testid="configuration-mark"
                data-line={line}
                style={{ top: topOf(line) }}
              >
                <span
                  className={styles['columnMark']}
                  style={{ left: `calc(${String(column - 1)}ch - ${String(scroll.left)}px)` }}
                />
              </span>
            ))}
        </div>
        <textarea
          ref={area}
          className={styles['text']}
          aria-label={label}
          aria-invalid={onValue === undefined ? undefined : marks.length > 0}
          value={value}
          readOnly={onValue === undefined}
          placeholder={placeholder}
          spellCheck={false}
          autoComplete="off"
          wrap="off"
          data-testid={testId}
          onChange={(event) => onValue?.(event.currentTarget.value)}
          onScroll={(event: UIEvent<HTMLTextAreaElement>) => measure(event.currentTarget)}
        />
      </div>
    </div>
  );
};

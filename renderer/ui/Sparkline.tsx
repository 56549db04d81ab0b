import type { ReactElement } from 'react';
import styles from './Sparkline.module.css';

export interface SparklineProps {
  /** Evenly spaced, oldest first, none negative; NaN leaves a gap. */
  readonly values: ArrayLike<number>;
  /** CSS pixels of the drawing's own grid; `width` is stretched to the room there is. */
  readonly width: number;
  readonly height: number;
  /** What it shows, for who cannot see it. */
  readonly label: string;
  readonly stretch?: boolean;
}

/** Pixels that anything but 0 is high at least. */
const LEAST = 1.5;

/** Steps over each stretch that is known: the area (`d` of a path), and the line they stand on. */
export const sparklinePaths = (
  values: ArrayLike<number>,
  width: number,
  height: number,
): { readonly area: string; readonly base: string } => {
  let most = 0;
  for (const value of Array.from(values)) if (value > most) most = value;
  const step = width / Math.max(1, values.length);
  const at = (x: number): string => String(Math.round(x * 100) / 100);
  const high = (value: number): number => (value <= 0 ? 0 : Math.max(LEAST, (value / most) * (height - 1)));
  let area = '';
  let base = '';
  let known = false;
  let level = 0;
  for (let index = 0; index <= values.length; index += 1) {
    const value = index < values.length ? (values[index] ?? NaN) : NaN;
    const x = at(index * step);
    if (Number.isNaN(value)) {
      if (known) {
        if (level > 0) area += `V${String(height)}Z`;
        base += `H${x}`;
      }
      known = false;
      level = 0;
      continue;
    }
    if (!known) base += `M${x} ${at(height - 0.5)}`;
    known = true;
    const next = high(value);
    if (next > 0)
      area += `${level === 0 ? `M${x} ${String(height)}` : ''}V${at(height - next)}H${at((index + 1) * step)}`;
    else if (level > 0) area += `V${String(height)}Z`;
    level = next;
  }
  return { area, base };
};

/** A small picture of how something went, one step a value. Its colour is the text's. */
export const Sparkline = ({
  values,
  width,
  height,
  label,
  stretch = false,
}: SparklineProps): ReactElement => {
  const { area, base } = sparklinePaths(values, width, height);
  return (
    <svg
      className={styles['sparkline']}
      role="img"
      aria-label={label}
      viewBox={`0 0 ${String(width)} ${String(height)}`}
      width={stretch ? '100%' : width}
      height={height}
      preserveAspectRatio="none"
      data-testid="sparkline"
    >
      <path className={styles['base']} d={base} />
      <path className={styles['area']} d={area} />
    </svg>
  );
};

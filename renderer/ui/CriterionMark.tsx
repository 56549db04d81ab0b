import type { ReactElement } from 'react';
import styles from './CriterionMark.module.css';

export type MarkShape = 'square' | 'circle' | 'triangle' | 'diamond' | 'pentagon' | 'cross' | 'ring' | 'bar';

export interface CriterionMarkProps {
  /** 0 to 7, see `--criterion-N`. */
  readonly hue: number;
  readonly shape: MarkShape;
  /** Drawn hollow and grey: the criterion is switched off. */
  readonly off?: boolean;
}

const shapes: Readonly<Record<MarkShape, ReactElement>> = {
  square: <rect x="2" y="2" width="8" height="8" rx="1.5" />,
  circle: <circle cx="6" cy="6" r="4.5" />,
  triangle: <path d="M6 1.6 11 10.4H1Z" />,
  diamond: <path d="M6 .8 11.2 6 6 11.2.8 6Z" />,
  pentagon: <path d="M6 1 11 4.7 9.1 10.6H2.9L1 4.7Z" />,
  cross: <path d="M4.3 1.2h3.4v3.1h3.1v3.4H7.7v3.1H4.3V7.7H1.2V4.3h3.1Z" />,
  ring: (
    <path
      fillRule="evenodd"
      d="M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1Zm0 2.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4Z"
    />
  ),
  bar: <rect x="1" y="4" width="10" height="4" rx="1.5" />,
};

/** The mark of a criterion: hue and shape together, 12 × 12 px. Decoration: a name stands beside it. */
export const CriterionMark = ({ hue, shape, off = false }: CriterionMarkProps): ReactElement => (
  <svg
    className={styles['mark']}
    data-hue={hue % 8}
    data-off={off ? '' : undefined}
    viewBox="0 0 12 12"
    width="12"
    height="12"
    aria-hidden="true"
  >
    {shapes[shape]}
  </svg>
);

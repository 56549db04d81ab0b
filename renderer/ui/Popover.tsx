import { Popover as Base } from '@base-ui/react/popover';
import type { ReactElement, ReactNode } from 'react';
import styles from './Popover.module.css';

export interface PopoverProps {
  /** Names the popup for assistive technology and heads it. */
  readonly title: string;
  readonly trigger: ReactElement<Record<string, unknown>>;
  readonly width?: 'normal' | 'wide';
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
  readonly testId?: string;
  readonly children: ReactNode;
}

export const Popover = ({
  title,
  trigger,
  width = 'normal',
  open,
  onOpenChange,
  testId,
  children,
}: PopoverProps): ReactElement => (
  <Base.Root
    {...(open === undefined ? {} : { open })}
    {...(onOpenChange === undefined ? {} : { onOpenChange })}
  >
    <Base.Trigger render={trigger} />
    <Base.Portal>
      <Base.Positioner sideOffset={6} collisionPadding={8} align="end" className={styles['positioner']}>
        <Base.Popup
          className={`${styles['popup'] ?? ''} ${width === 'wide' ? (styles['wide'] ?? '') : ''}`}
          data-testid={testId}
        >
          <Base.Title className={styles['title']}>{title}</Base.Title>
          {children}
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  </Base.Root>
);

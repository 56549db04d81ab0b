import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import styles from './Dialog.module.css';
import { text } from './text.js';

export interface DialogProps {
  readonly title: string;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly width?: 'normal' | 'wide';
  readonly testId?: string;
  readonly children: ReactNode;
}

export const Dialog = ({
  title,
  open,
  onOpenChange,
  width = 'normal',
  testId,
  children,
}: DialogProps): ReactElement => (
  <Base.Root open={open} onOpenChange={onOpenChange}>
    <Base.Portal>
      <Base.Backdrop className={styles['backdrop']} />
      <Base.Popup className={styles['popup']} data-width={width} data-testid={testId}>
        <div className={styles['head']}>
          <Base.Title className={styles['title']}>{title}</Base.Title>
          <Base.Close className={styles['close']} aria-label={text.close}>
            <X />
          </Base.Close>
        </div>
        {children}
      </Base.Popup>
    </Base.Portal>
  </Base.Root>
);

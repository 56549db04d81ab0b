import { Tooltip as Base } from '@base-ui/react/tooltip';
import type { ReactElement } from 'react';
import styles from './Tooltip.module.css';
import { Kbd } from './Kbd.js';

export interface TooltipProps {
  readonly text: string;
  /** Shortcut, shown as keys. */
  readonly hint?: string;
  /** For paths and the like. */
  readonly mono?: boolean;
  readonly children: ReactElement<Record<string, unknown>>;
}

/** Needs a `Tooltip.Provider` above, which the app has. */
export const Tooltip = ({ text, hint, mono = false, children }: TooltipProps): ReactElement => (
  <Base.Root>
    <Base.Trigger render={children} />
    <Base.Portal>
      <Base.Positioner sideOffset={6} collisionPadding={8}>
        <Base.Popup className={`${styles['popup'] ?? ''} ${mono ? (styles['mono'] ?? '') : ''}`}>
          {text}
          {hint === undefined ? null : <Kbd keys={hint} />}
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  </Base.Root>
);

export const TooltipProvider = Base.Provider;

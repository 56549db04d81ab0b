import { Menu as Base } from '@base-ui/react/menu';
import { Check } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { Kbd } from './Kbd.js';
import styles from './Menu.module.css';

export interface MenuProps {
  readonly trigger: ReactElement<Record<string, unknown>>;
  /** What gets the keyboard when the menu closes, asked once it does. Default: the trigger. */
  readonly focusOnClose?: (() => HTMLElement | null) | undefined;
  readonly onOpen?: () => void;
  readonly children: ReactNode;
}

export const Menu = ({ trigger, focusOnClose, onOpen, children }: MenuProps): ReactElement => (
  <Base.Root
    onOpenChange={(open) => {
      if (open) onOpen?.();
    }}
  >
    <Base.Trigger render={trigger} />
    <Base.Portal>
      <Base.Positioner sideOffset={4} collisionPadding={8} align="end" className={styles['positioner']}>
        <Base.Popup className={styles['popup']} finalFocus={focusOnClose}>
          {children}
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  </Base.Root>
);

export interface MenuItemProps {
  readonly icon?: ReactNode;
  readonly keys?: string;
  /** A few words more, on a line of their own. */
  readonly note?: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}

export const MenuItem = ({
  icon,
  keys,
  note,
  danger = false,
  disabled = false,
  onSelect,
  children,
}: MenuItemProps): ReactElement => (
  <Base.Item
    className={`${styles['item'] ?? ''} ${danger ? (styles['danger'] ?? '') : ''}`}
    disabled={disabled}
    onClick={onSelect}
  >
    {icon === undefined ? null : <span className={styles['icon']}>{icon}</span>}
    <span className={styles['text']}>
      {children}
      {note === undefined ? null : <span className={styles['note']}>{note}</span>}
    </span>
    {keys === undefined ? null : <Kbd keys={keys} />}
  </Base.Item>
);

export interface MenuChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly onValue: (value: T) => void;
}

/** One of several, with a tick at the one in force. */
export const MenuChoice = <T extends string>({
  label,
  value,
  options,
  onValue,
}: MenuChoiceProps<T>): ReactElement => (
  <Base.Group>
    <Base.GroupLabel className={styles['label']}>{label}</Base.GroupLabel>
    <Base.RadioGroup value={value} onValueChange={(next: T) => onValue(next)}>
      {options.map((option) => (
        <Base.RadioItem key={option.value} value={option.value} className={styles['item']}>
          <span className={styles['icon']}>
            <Base.RadioItemIndicator>
              <Check />
            </Base.RadioItemIndicator>
          </span>
          <span className={styles['text']}>{option.label}</span>
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  </Base.Group>
);

export interface MenuToggleProps {
  readonly checked: boolean;
  readonly onChecked: (checked: boolean) => void;
  /** A few words more, on a line of their own. */
  readonly note?: string;
  readonly children: ReactNode;
}

export const MenuToggle = ({ checked, onChecked, note, children }: MenuToggleProps): ReactElement => (
  <Base.CheckboxItem className={styles['item']} checked={checked} onCheckedChange={onChecked}>
    <span className={styles['icon']}>
      <Base.CheckboxItemIndicator>
        <Check />
      </Base.CheckboxItemIndicator>
    </span>
    <span className={styles['text']}>
      {children}
      {note === undefined ? null : <span className={styles['note']}>{note}</span>}
    </span>
  </Base.CheckboxItem>
);

export const MenuSeparator = (): ReactElement => <Base.Separator className={styles['separator']} />;

/** A line that is only read. */
export const MenuNote = ({ children }: { readonly children: ReactNode }): ReactElement => (
  <p className={styles['label']}>{children}</p>
);

import type { ComponentPropsWithRef, ReactElement, ReactNode } from 'react';
import styles from './Button.module.css';
import { Tooltip } from './Tooltip.js';

export interface ButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'type'> {
  /** `primary` at most once in a group; `quiet` has no frame until it is pointed at. */
  readonly look?: 'plain' | 'primary' | 'quiet' | 'danger';
  readonly size?: 'small' | 'normal';
  readonly icon?: ReactNode;
  readonly type?: 'button' | 'submit';
}

const classes = (...names: (string | false | undefined)[]): string => names.filter(Boolean).join(' ');

export const Button = ({
  look = 'plain',
  size = 'normal',
  icon,
  type = 'button',
  className,
  children,
  ...rest
}: ButtonProps): ReactElement => (
  <button
    {...rest}
    type={type}
    className={classes(styles['button'], styles[look], size === 'small' && styles['small'], className)}
  >
    {icon}
    {children}
  </button>
);

export interface IconButtonProps extends Omit<ButtonProps, 'icon' | 'children'> {
  /** Accessible name, shown as tooltip. */
  readonly label: string;
  readonly hint?: string;
  readonly children: ReactNode;
}

export const IconButton = ({
  label,
  hint,
  look = 'quiet',
  className,
  children,
  ...rest
}: IconButtonProps): ReactElement => (
  <Tooltip text={label} {...(hint === undefined ? {} : { hint })}>
    <Button {...rest} look={look} aria-label={label} className={classes(styles['icon'], className)}>
      {children}
    </Button>
  </Tooltip>
);

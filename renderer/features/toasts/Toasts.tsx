import { X } from 'lucide-react';
import { useEffect, useState, type ReactElement } from 'react';
import { useToasts, type Toast } from '../../store/toasts.js';
import { Button, IconButton } from '../../ui/Button.js';
import { text } from '../../ui/text.js';
import styles from './Toasts.module.css';

const STAYS_MS = 7000;

const ToastCard = ({ toast }: { readonly toast: Toast }): ReactElement => {
  const dismiss = useToasts((state) => state.dismiss);
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return undefined;
    const timer = setTimeout(() => dismiss(toast.id), STAYS_MS);
    return () => clearTimeout(timer);
  }, [held, dismiss, toast.id]);
  const { action } = toast;
  return (
    <li
      className={styles['toast']}
      data-tone={toast.tone}
      data-testid="toast"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
    >
      <p className={styles['text']}>{toast.text}</p>
      {action === null ? null : (
        <Button
          size="small"
          onClick={() => {
            action.run();
            dismiss(toast.id);
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton label={text.close} size="small" onClick={() => dismiss(toast.id)}>
        <X />
      </IconButton>
    </li>
  );
};

/** Short messages at the lower edge; a pointer on one keeps it. */
export const Toasts = (): ReactElement => {
  const toasts = useToasts((state) => state.toasts);
  return (
    <ul className={styles['toasts']} role="status" aria-live="polite">
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </ul>
  );
};

import { Check, Copy } from 'lucide-react';
import { useEffect, useState, type ReactElement } from 'react';
import { IconButton } from './Button.js';
import { text } from './text.js';

export interface CopyButtonProps {
  /** What is copied, said in the accessible name: `Copy command`. */
  readonly label: string;
  readonly onCopy: () => Promise<void>;
}

/** Shows a tick for a moment once the copy is made. */
export const CopyButton = ({ label, onCopy }: CopyButtonProps): ReactElement => {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1200);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => {
    onCopy().then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <IconButton label={copied ? text.copied : label} size="small" onClick={copy}>
      {copied ? <Check /> : <Copy />}
    </IconButton>
  );
};

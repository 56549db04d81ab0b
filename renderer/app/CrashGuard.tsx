import { TriangleAlert } from 'lucide-react';
import { Component, type ReactNode } from 'react';
import { EmptyState } from '../ui/EmptyState.js';
import { text } from '../ui/text.js';
import styles from './CrashGuard.module.css';

interface State {
  readonly error: Error | null;
}

/** Shows an error of the window itself instead of an empty page, with the way out of it. */
export class CrashGuard extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <EmptyState icon={<TriangleAlert />} title={text.crash.title} testId="crash">
        <p>{text.crash.text}</p>
        <pre className={styles['error']}>{error.stack ?? error.message}</pre>
        <button type="button" className={styles['reload']} onClick={() => window.location.reload()}>
          {text.crash.reload}
        </button>
      </EmptyState>
    );
  }
}

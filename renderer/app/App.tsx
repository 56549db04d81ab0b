import { CSPProvider } from '@base-ui/react/csp-provider';
import { useEffect, type ReactElement } from 'react';
import { TooltipProvider } from '../ui/Tooltip.js';
import { PausedNotice } from '../features/banners/PausedNotice.js';
import { Toasts } from '../features/toasts/Toasts.js';
import { ConfigurationDialog } from '../features/configuration/ConfigurationDialog.js';
import { HelpDialog } from '../features/help/HelpDialog.js';
import { useExporting } from '../store/exporting.js';
import { useToasts } from '../store/toasts.js';
import { text } from '../ui/text.js';
import { Workspace } from './Workspace.js';
import styles from './App.module.css';
import { useTheme } from './theme.js';

/** Tells of the end of an export that nobody watches. */
const useExportToast = (): void => {
  useEffect(
    () =>
      useExporting.subscribe((now, before) => {
        const { state, open, reveal, setOpen } = now;
        if (open || state === before.state || state.kind !== 'known') return;
        const { show } = useToasts.getState();
        if (state.progress.state === 'done') {
          show({
            tone: 'plain',
            text: text.export.toast(state.progress.written),
            action: { label: text.export.show, run: () => void reveal() },
          });
        } else if (state.progress.state === 'failed') {
          show({
            tone: 'bad',
            text: text.export.failed,
            action: { label: text.export.why, run: () => setOpen(true) },
          });
        }
      }),
    [],
  );
};

export const App = (): ReactElement => {
  useTheme();
  useExportToast();
  return (
    <CSPProvider disableStyleElements>
      <TooltipProvider delay={500}>
        <Workspace />
        <HelpDialog />
        <ConfigurationDialog />
        <div className={styles['floating']}>
          <Toasts />
          <PausedNotice />
        </div>
      </TooltipProvider>
    </CSPProvider>
  );
};

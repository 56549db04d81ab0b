import type { NotifyPayload } from '../../contract/index.js';
import { useConfiguration } from '../features/configuration/configuration.js';
import { removeCriterion } from '../features/criteria/remove.js';
import { FILTER_ID } from '../features/header/FilterBox.js';
import { toggleRecording } from '../features/header/recording.js';
import { useHelp } from '../features/help/HelpDialog.js';
import { clearOrLeave, openReplay, step, togglePause } from '../features/replay/playing.js';
import { fitWholeLog, followNow } from '../features/timeline/use-timeline-view.js';
import { useCriteria } from '../store/criteria.js';
import { useEditing } from '../store/editing.js';
import { useExporting } from '../store/exporting.js';
import { useSelection } from '../store/selection.js';
import { useToasts } from '../store/toasts.js';
import { text } from '../ui/text.js';
import { useLayout } from './layout.js';

const say = (words: string): void => useToasts.getState().show({ tone: 'plain', text: words, action: null });

/** What the keyboard and the application menu can ask for. */
export const commands = {
  focusFilter: (): void => {
    const box = document.getElementById(FILTER_ID);
    if (box instanceof HTMLInputElement) {
      box.focus();
      box.select();
    }
  },
  togglePause,
  fit: fitWholeLog,
  follow: followNow,
  openConfiguration: (): void => useConfiguration.getState().show('import'),
  openReplay,
  previousEvent: (): void => step('previous'),
  nextEvent: (): void => step('next'),
  openExport: (): void => useExporting.getState().setOpen(true),
  undo: (): void => {
    const { past, undo } = useCriteria.getState();
    if (past.length === 0) return;
    undo();
    say(text.criteria.undone);
  },
  redo: (): void => {
    const { future, redo } = useCriteria.getState();
    if (future.length === 0) return;
    redo();
    say(text.criteria.redone);
  },
  deleteSelected: (): void => {
    const { selected } = useSelection.getState();
    if (selected?.kind === 'criterion') removeCriterion(selected.key);
  },
  addCriterion: (): void => {
    useEditing.getState().edit('new');
  },
  toggleRecording,
  toggleCriteria: (): void => useLayout.getState().toggle('criteria'),
  toggleDetails: (): void => useLayout.getState().toggle('details'),
  showHelp: (): void => useHelp.getState().show(),
  clearSelection: clearOrLeave,
} as const;

export type CommandName = keyof typeof commands;

/** The application menu's names for them. */
export const menuCommands: Readonly<Record<NotifyPayload<'command'>, CommandName>> = {
  export: 'openExport',
  'toggle-recording': 'toggleRecording',
  'focus-filter': 'focusFilter',
  'add-criterion': 'addCriterion',
  'import-configuration': 'openConfiguration',
  'open-replay': 'openReplay',
  fit: 'fit',
  follow: 'follow',
};

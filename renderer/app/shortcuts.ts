import { useEffect } from 'react';
import { commands, type CommandName } from './commands.js';

type Key = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

/**
 * The command for a key, null where there is none. `typing`: the keyboard writes into a field, which
 * keeps plain keys and undo for itself. `busy`: a control has its own use for Space and Delete.
 */
export const commandFor = (
  event: Key,
  where: { readonly typing: boolean; readonly busy: boolean },
): CommandName | null => {
  if (event.altKey) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) {
    if (key === 'k') return 'focusFilter';
    if (key === 'e') return 'openExport';
    if (key === 'i') return 'openConfiguration';
    if (key === 'o') return 'openReplay';
    if (key === 'n') return 'addCriterion';
    if (key === 'r') return 'toggleRecording';
    if (key === 'b') return 'toggleCriteria';
    if (key === 'd') return 'toggleDetails';
    if (where.typing) return null;
    if (key === 'z') return event.shiftKey ? 'redo' : 'undo';
    if (key === 'y') return 'redo';
    return null;
  }
  if (where.typing) return null;
  switch (key) {
    case '/':
      return 'focusFilter';
    case '?':
      return 'showHelp';
    case 'f':
      return 'fit';
    case 'l':
      return 'follow';
    case ',':
      return 'previousEvent';
    case '.':
      return 'nextEvent';
    case 'Escape':
      return 'clearSelection';
    case ' ':
      return where.busy ? null : 'togglePause';
    case 'Delete':
      return where.busy ? null : 'deleteSelected';
    default:
      return null;
  }
};

const FIELDS =
  'input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]';
const CONTROLS = 'button, a, [role=button], [role=switch], [role=radio], [role=menuitem], [role=option]';
const LAYERS = '[role=dialog], [role=menu]';

/** Listens on the whole window; keys that something else has used, or that fall into a layer above, are left alone. */
export const useShortcuts = (): void => {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest(LAYERS)) return;
      const command = commandFor(event, {
        typing: target?.matches(FIELDS) ?? false,
        busy: target?.matches(CONTROLS) ?? false,
      });
      if (command === null) return;
      event.preventDefault();
      commands[command]();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
};

// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { commandFor } from './shortcuts.js';

const key = (name: string, mods: Partial<Record<'ctrlKey' | 'shiftKey' | 'altKey', boolean>> = {}) => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...mods,
});
const idle = { typing: false, busy: false };

describe('commandFor', () => {
  it.each([
    [key('/'), 'focusFilter'],
    [key('k', { ctrlKey: true }), 'focusFilter'],
    [key(' '), 'togglePause'],
    [key('F', { shiftKey: true }), 'fit'],
    [key('e', { ctrlKey: true }), 'openExport'],
    [key('z', { ctrlKey: true }), 'undo'],
    [key('Z', { ctrlKey: true, shiftKey: true }), 'redo'],
    [key('Delete'), 'deleteSelected'],
    [key('?', { shiftKey: true }), 'showHelp'],
    [key('Escape'), 'clearSelection'],
    [key(','), 'previousEvent'],
    [key('.'), 'nextEvent'],
    [key('o', { ctrlKey: true }), 'openReplay'],
    [key('x'), null],
    [key('f', { altKey: true }), null],
  ])('%o is %s', (event, command) => expect(commandFor(event, idle)).toBe(command));

  it('leaves plain keys and undo to a field that is typed into, and keeps the rest', () => {
    const typing = { typing: true, busy: false };
    for (const event of [
      key('f'),
      key(' '),
      key('?'),
      key('Delete'),
      key('Escape'),
      key('z', { ctrlKey: true }),
    ]) {
      expect(commandFor(event, typing)).toBeNull();
    }
    expect(commandFor(key('k', { ctrlKey: true }), typing)).toBe('focusFilter');
  });

  it('leaves Space and Delete to the control that has the keyboard', () => {
    const busy = { typing: false, busy: true };
    expect(commandFor(key(' '), busy)).toBeNull();
    expect(commandFor(key('Delete'), busy)).toBeNull();
    expect(commandFor(key('f'), busy)).toBe('fit');
  });
});

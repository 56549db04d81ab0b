import type { BindscopeEvent, ProcessInfo } from '../../contract/index.js';

/** The process that an event is about; null for the watcher's own and where it is unknown. */
export const processOf = (event: Pick<BindscopeEvent, 'name'>): ProcessInfo | null =>
  'process' in event ? (event.process as ProcessInfo | null) : null;

/** Whether the event only tells of a process's life, not of sockets, matches or the watching. */
export const isLifecycle = (event: Pick<BindscopeEvent, 'name'>): boolean =>
  event.name.startsWith('process.');

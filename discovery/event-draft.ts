import type { BindscopeEvent } from '../contract/index.js';

type WithoutSeq<Event> = Event extends unknown ? Omit<Event, 'seq'> : never;

/** An event before the log has given it its place. */
export type EventDraft = WithoutSeq<BindscopeEvent>;

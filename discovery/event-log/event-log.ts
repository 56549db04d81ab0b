import type { BindscopeEvent, ExportScope } from '../../contract/index.js';
import type { EventDraft } from '../event-draft.js';

/** Where events are kept. Sequence numbers run from 1 without gaps, also over what was evicted. */
export interface EventLog {
  /** Gives the event its place. */
  append(draft: EventDraft): BindscopeEvent;
  /** Events kept now. */
  readonly size: number;
  /** Events ever appended. */
  readonly appended: number;
  /** Events that left to make room. */
  readonly evicted: number;
  /** The newest `count` events, oldest first. */
  newest(count: number): BindscopeEvent[];
  /** The events of a scope as of now, oldest first; what is appended or evicted later changes nothing. */
  select(scope: ExportScope): readonly BindscopeEvent[];
}

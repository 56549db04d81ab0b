import { describe, expect, it } from 'vitest';
import type { BindscopeEvent } from '../../contract/index.js';
import type { EventDraft } from '../event-draft.js';
import { MemoryEventLog } from './memory-event-log.js';

const process = (pid: number): Extract<BindscopeEvent, { name: 'process.created' }>['process'] =>
  ({ key: `${String(pid)}:1`, pid }) as never;

const base = { source: 'ebpf', hook: null } as const;

const created = (pid: number): EventDraft => ({
  ...base,
  time: BigInt(pid) as never,
  name: 'process.created',
  process: process(pid),
});
const deleted = (pid: number): EventDraft =>
  ({ ...created(pid), name: 'process.deleted', exitCode: 0 }) as EventDraft;
const bound = (pid: number): EventDraft =>
  ({ ...created(pid), name: 'socket.bound', socket: { key: 'c1' } }) as unknown as EventDraft;
const matched = (pid: number): EventDraft =>
  ({
    ...created(pid),
    name: 'match.started',
    criterion: { id: 'a', name: 'a' },
    conditions: [],
  }) as unknown as EventDraft;

const brief = (events: readonly BindscopeEvent[]): string[] =>
  events.map(
    (event) => `${String(event.seq)} ${event.name} ${String('process' in event ? event.process?.pid : '')}`,
  );

describe('the event log in memory', () => {
  it('numbers events from 1 without gaps, also over what left', () => {
    const log = new MemoryEventLog({ capacity: 3 });
    for (let pid = 1; pid <= 10; pid += 1) expect(log.append(bound(pid)).seq).toBe(pid);
    expect(brief(log.select({ kind: 'all' }))).toEqual([
      '8 socket.bound 8',
      '9 socket.bound 9',
      '10 socket.bound 10',
    ]);
    expect([log.size, log.appended, log.evicted]).toEqual([3, 10, 7]);
  });

  it('lives of processes that never had a socket do not push out sockets, matches and losses', () => {
    const log = new MemoryEventLog({ capacity: 5, lifecycleCapacity: 4 });
    log.append(bound(1));
    log.append(matched(1));
    for (let pid = 100; pid < 200; pid += 1) {
      log.append(created(pid));
      log.append(deleted(pid));
    }
    const kept = log.select({ kind: 'all' });
    expect(kept.map(({ name }) => name)).toEqual([
      'socket.bound',
      'match.started',
      'process.created',
      'process.deleted',
      'process.created',
      'process.deleted',
    ]);
    expect(log.evicted).toBe(196);
  });

  it('the life of a process that comes to have a socket is kept with it', () => {
    const log = new MemoryEventLog({ capacity: 10, lifecycleCapacity: 2 });
    log.append(created(1));
    log.append(bound(1));
    for (let pid = 100; pid < 110; pid += 1) log.append(created(pid));
    log.append(deleted(1));
    expect(brief(log.select({ kind: 'all' }))).toEqual([
      '1 process.created 1',
      '2 socket.bound 1',
      '11 process.created 108',
      '12 process.created 109',
      '13 process.deleted 1',
    ]);
  });

  it('newest gives the newest, oldest first', () => {
    const log = new MemoryEventLog();
    for (let pid = 1; pid <= 5; pid += 1) log.append(pid % 2 === 0 ? bound(pid) : created(pid));
    expect(brief(log.newest(2))).toEqual(['4 socket.bound 4', '5 process.created 5']);
    expect(log.newest(100)).toHaveLength(5);
    expect(log.newest(0)).toEqual([]);
  });

  it('matched: also when the event of the match itself has left', () => {
    const log = new MemoryEventLog({ capacity: 2 });
    log.append(matched(1));
    log.append(bound(1));
    log.append(bound(1));
    log.append(created(2));
    expect(brief(log.select({ kind: 'matched' }))).toEqual(['2 socket.bound 1', '3 socket.bound 1']);
  });

  it('a selection does not change with the log', () => {
    const log = new MemoryEventLog({ capacity: 1 });
    log.append(bound(1));
    const selection = log.select({ kind: 'all' });
    log.append(bound(2));
    expect(brief(selection)).toEqual(['1 socket.bound 1']);
  });
});

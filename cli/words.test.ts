import { expect, it } from 'vitest';
import type { BindscopeEvent } from '../contract/index.js';
import { detailText } from './words.js';

const detail = (event: Record<string, unknown>): string => detailText(event as unknown as BindscopeEvent);

it('a socket whose process nobody could read is told with its user, where that is known', () => {
  expect(detail({ name: 'socket.bound', process: null, ownerUid: 33 })).toBe('unknown owner, uid 33');
  expect(detail({ name: 'socket.listening', process: null })).toBe('unknown owner');
  const closed = { name: 'socket.closed', durationNs: 5_000_000_000n };
  expect(detail({ ...closed, process: null, ownerUid: 0, durationExact: false })).toBe(
    'unknown owner, uid 0, after at least 5.0 s',
  );
  expect(detail({ ...closed, process: { pid: 7 }, durationExact: true })).toBe('after 5.0 s');
});

it('of runs that the kernel left out, events are missing at most', () => {
  const lost = { name: 'watcher.lost', count: 1 };
  expect(detail({ ...lost, where: 'skipped' })).toBe(
    'at most 1 event missing, the kernel left out runs of programs',
  );
  expect(detail({ ...lost, where: 'kernel' })).toBe('1 event missing, the kernel had no room for them');
  expect(detail({ ...lost, count: null, where: 'helper' })).toBe('events missing, the helper was away');
});

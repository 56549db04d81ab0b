import { expect, it } from 'vitest';
import { bound, closed, event, process, socket } from './timeline.fixtures.js';
import { commandText, endpointText, eventText, shellText } from './words.js';

it('brackets IPv6 addresses', () => {
  expect(endpointText({ address: '::1', port: 80 as never })).toBe('[::1]:80');
  expect(endpointText({ address: '127.0.0.1', port: 80 as never })).toBe('127.0.0.1:80');
});

it('quotes arguments so that a shell reads them back as they were', () => {
  expect(shellText(['node', '--name=a b', "it's", '', '$HOME'])).toBe(
    `node '--name=a b' 'it'\\''s' '' '$HOME'`,
  );
});

it('tells a command line by its executable and what was captured of its arguments', () => {
  const node = { ...process(10, 0, 'node'), args: ['node', '-e', 'a b'], argsLength: 12 };
  expect(commandText(node)).toBe("/bin/node -e 'a b'");
  expect(commandText({ ...node, argsLength: 400 })).toBe("/bin/node -e 'a b' …");
  expect(commandText({ ...node, executable: null })).toBe("node -e 'a b'");
  expect(commandText({ ...node, executable: null, args: [], argsLength: 0 })).toBe('node');
});

it('says of a process’s events what their name does not', () => {
  const node = { ...process(10, 0, 'node'), args: ['node', 'a.js'], argsLength: 10 };
  expect(eventText(event('process.created', 0, { process: node }))).toBe('/bin/node a.js');
  expect(eventText(event('process.exec', 0, { process: node, previousExecutable: '/bin/sh' }))).toBe(
    '/bin/sh → /bin/node',
  );
  expect(eventText(event('process.deleted', 0, { process: node, exitCode: 137 }))).toBe('killed by SIGKILL');
});

it('says of a poll what it found, and whether it looked at ports', () => {
  const poll = { processes: 12, sockets: 7, portsFetched: true };
  expect(eventText(event('poll.completed', 0, poll))).toBe('12 processes, 7 sockets');
  expect(eventText(event('poll.completed', 0, { ...poll, portsFetched: false }))).toBe(
    '12 processes, ports not looked at',
  );
});

it('says of a loss how much and why; of what the kernel left out, at most how much', () => {
  const between = { from: 1n, to: 2n };
  const lost = (count: number | null, where: string): string =>
    eventText(event('watcher.lost', 0, { count, where, ...between }));
  expect(lost(3, 'kernel')).toBe('3: the kernel’s ring buffer was full');
  expect(lost(3, 'skipped')).toBe('at most 3: the kernel did not run the programs that tell');
  expect(lost(null, 'helper')).toBe('an unknown number: the helper was away');
});

it('says of a socket whose process nobody could read whose it is, where that is known', () => {
  expect(eventText(bound(0, null, socket(1, 80), { ownerUid: 33 }))).toBe(
    '0.0.0.0:80 TCP, unknown owner, uid 33',
  );
  expect(eventText(closed(5, null, socket(1, 80), null))).toMatch(/ after at least .*, unknown owner$/);
});

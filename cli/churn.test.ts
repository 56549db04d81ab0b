import { describe, expect, it } from 'vitest';
import type { BindscopeEvent } from '../contract/index.js';
import { criterion, Scenario } from '../discovery/testing/scenario.js';
import type { Shown } from './churn.js';
import { Churn, STRETCH_NS, TOLD_ONE_BY_ONE } from './churn.js';
import { churnLine } from './event-line.js';
import { plain } from './terminal-text.js';

const textOf = (shown: Shown): string => {
  if (shown.kind === 'churn') {
    const { count, running, parentName } = shown.churn;
    return `${String(count)} more of ${parentName ?? '?'}, ${String(running)} running`;
  }
  const { event } = shown;
  return `${event.name} ${'process' in event ? String(event.process?.pid) : ''}`;
};

/** What is shown of the events of a scenario. */
const shownOf = (events: readonly BindscopeEvent[]): string[] => {
  const churn = new Churn();
  return [...events.flatMap((event) => churn.take(event)), ...churn.rest()].map(textOf);
};

const server = async (): Promise<Scenario> => {
  const s = new Scenario({ criteria: [criterion(null, 'cgi')], pollIntervalMs: null });
  s.kernel.exec(s.kernel.fork(812), '/usr/sbin/nginx');
  await s.start();
  return s;
};

describe('churn: a forking server does not make hundreds of lines a minute', () => {
  it('hundreds of short-lived children are a few lines and a sum', async () => {
    const s = await server();
    s.fresh();
    for (let pid = 1000; pid < 1300; pid += 1) {
      const child = s.kernel.fork(pid, { parentPid: 812 });
      s.kernel.exec(child, '/usr/lib/cgi');
      await s.time.advance(1);
      s.kernel.exit(child);
    }
    const events = s.all();
    const shown = shownOf(events);
    expect(events.length).toBeGreaterThan(1200);
    expect(shown.length).toBeLessThan(5 + TOLD_ONE_BY_ONE * 4 + 2);
    expect(shown.at(-1)).toBe(`${String(300 - TOLD_ONE_BY_ONE)} more of nginx, 0 running`);
  });

  it('a minute of it is less than a hundred lines, and none is missing from the sums', async () => {
    const s = await server();
    for (let pid = 1000; pid < 1600; pid += 1) {
      const child = s.kernel.fork(pid, { parentPid: 812 });
      s.kernel.exec(child, '/usr/lib/cgi');
      s.kernel.exit(child);
      await s.time.advance(100);
    }
    const shown = shownOf(s.all());
    expect(shown.length).toBeLessThan(100);
    const summed = shown.reduce((sum, line) => sum + Number(/^(\d+) more/.exec(line)?.[1] ?? 0), 0);
    const told = shown.filter((line) => /^process\.created 1\d{3}$/.test(line)).length;
    expect(summed + told).toBe(600);
  });

  it('a child that gets a socket is told from its beginning', async () => {
    const s = await server();
    for (let pid = 1000; pid < 1010; pid += 1)
      s.kernel.exec(s.kernel.fork(pid, { parentPid: 812 }), '/usr/lib/cgi');
    const late = s.kernel.processes.find(({ pid }) => pid === 1008);
    if (late !== undefined) s.kernel.serve(late, 8080);
    const shown = shownOf(s.all());
    const ofLate = shown.filter((line) => line.endsWith(' 1008'));
    expect(ofLate).toEqual([
      'process.created 1008',
      'match.started 1008',
      'socket.bound 1008',
      'socket.listening 1008',
    ]);
    expect(shown.at(-1)).toBe(`${String(10 - TOLD_ONE_BY_ONE - 1)} more of nginx, 6 running`);
  });

  it('children of different executables, and of different parents, are no churn together', async () => {
    const s = await server();
    for (let pid = 1000; pid < 1010; pid += 1)
      s.kernel.exec(s.kernel.fork(pid, { parentPid: pid - 500 }), `/bin/b${String(pid)}`);
    expect(shownOf(s.all()).some((line) => line.includes('more of'))).toBe(false);
  });

  it('the sum comes when its stretch is over, and another stretch begins', async () => {
    const s = await server();
    for (let round = 0; round < 2; round += 1) {
      for (let pid = 1000; pid < 1010; pid += 1) {
        const child = s.kernel.fork(pid + round * 100, { parentPid: 812 });
        s.kernel.exec(child, '/usr/lib/cgi');
        s.kernel.exit(child);
      }
      await s.time.advance(Number(STRETCH_NS) / 1e6);
    }
    const sums = shownOf(s.all()).filter((line) => line.includes('more of'));
    expect(sums).toEqual(['7 more of nginx, 0 running', '7 more of nginx, 0 running']);
  });

  it('as a line for people, safe for a terminal', () => {
    const churn = {
      time: 0n,
      count: 214,
      running: 3,
      executable: '/usr/lib/cgi\u001b',
      parentPid: 812,
      parentName: 'nginx',
    };
    expect(churnLine(churn, plain)).toMatch(
      /more +cgi\\x1b +… and 214 more, started by nginx \(812\), 3 still running$/,
    );
  });
});

import { expect, it } from 'vitest';
import type { FactSight } from './fact-sight.js';
import { factOrder, isKnownHook, missingIn, sightOf } from './fact-sight.js';
import type { HookReport } from './status.js';
import { Fact } from './status.js';

const report = (
  fact: Fact,
  hook: string,
  state: HookReport['state'] = 'attached',
  reason: string | null = null,
): HookReport => ({ fact, hook, state, reason });

const sight = (fact: Fact, reports: readonly HookReport[]): FactSight => {
  const found = sightOf(reports).find((one) => one.fact === fact);
  if (found === undefined) throw new Error(`${fact} is left out`);
  return found;
};

it('every fact is told of, once, whatever was reported', () => {
  expect([...factOrder].sort()).toEqual([...Fact.options].sort());
  expect(sightOf([]).map(({ fact }) => fact)).toEqual(factOrder);
});

it('the best hook leaves nothing untold', () => {
  expect(sight('bind_failed', [report('bind_failed', 'fexit/__sys_bind')])).toEqual({
    fact: 'bind_failed',
    state: 'told',
    inUse: ['fexit/__sys_bind'],
    lacks: [],
    refused: [],
    spare: [],
  });
});

it('a lesser hook says what it costs, and which better one was refused', () => {
  const refused = report('listening', 'fexit/inet_csk_listen_start', 'failed', 'Operation not permitted');
  const {
    state,
    inUse,
    lacks,
    refused: told,
  } = sight('listening', [refused, report('listening', 'tp_btf/inet_sock_set_state')]);
  expect([state, inUse]).toEqual(['told', ['tp_btf/inet_sock_set_state']]);
  expect(lacks.join()).toContain('2 ms late');
  expect(told).toEqual([refused]);
});

it('one hook means different things for different facts', () => {
  expect(sight('closed', [report('closed', 'tp_btf/inet_sock_set_state')]).lacks).toEqual([]);
});

it('a hook that is not needed is neither refused nor lacking', () => {
  const { spare, lacks, refused } = sight('bind_failed', [
    report('bind_failed', 'fexit/__sys_bind'),
    report('bind_failed', 'kretprobe/__sys_bind', 'unused'),
  ]);
  expect([spare, lacks, refused]).toEqual([['kretprobe/__sys_bind'], [], []]);
});

it('where hooks tell a part each, the one that was refused is missed', () => {
  const reports = [
    report('bound', 'cgroup/post_bind4'),
    report('bound', 'cgroup/post_bind6', 'failed', 'Invalid argument'),
  ];
  expect(sight('bound', reports).lacks).toEqual([
    'binds of IPv6 sockets are found by polling, late and without their binder',
  ]);
  expect(missingIn(reports).join()).toContain('binds of IPv6 sockets');
});

it('where all parts were refused, the fact as a whole is missed, said once', () => {
  const reports = [
    report('bound', 'cgroup/post_bind4', 'failed', 'no'),
    report('bound', 'cgroup/post_bind6', 'failed', 'no'),
  ];
  expect(sight('bound', reports)).toMatchObject({
    state: 'untold',
    lacks: ['binds are found by polling, late and without their binder'],
  });
});

it('without a helper only what needs none was refused', () => {
  const reports = [
    report('bound', 'cgroup/post_bind4', 'failed', 'needs the privileged helper'),
    report('closed', 'sock_diag destroy', 'failed', 'Protocol not supported'),
  ];
  const refused = sightOf(reports, true).flatMap((one) => one.refused);
  expect(refused.map(({ hook }) => hook)).toEqual(['sock_diag destroy']);
});

it('an attempt is known by its outcome where bound and failed binds are told', () => {
  const outcome = [report('bound', 'cgroup/post_bind4'), report('bind_failed', 'fexit/__sys_bind')];
  expect(sight('attempted', outcome).state).toBe('outcome');
  expect(sight('attempted', outcome.slice(1)).state).toBe('untold');
  expect(sight('attempted', [...outcome, report('attempted', 'kprobe/security_socket_bind')]).state).toBe(
    'told',
  );
});

it('a view is less than full by what no hook tells, not by a lesser hook nor by attempts', () => {
  const all = factOrder
    .filter((fact) => fact !== 'attempted' && fact !== 'listening')
    .map((fact) => report(fact, 'of a later version'));
  expect(missingIn([...all, report('listening', 'tp_btf/inet_sock_set_state')])).toEqual([]);
  expect(missingIn(all)).toEqual(['listeners are found by polling, late']);
});

it('a name that nothing is known of costs no words and breaks nothing', () => {
  for (const hook of ['', 'fexit/of_a_later_version', 'constructor', '__proto__', 'toString']) {
    expect(isKnownHook(hook)).toBe(false);
    expect(sight('bound', [report('bound', hook), report('bound', hook, 'failed', 'no')])).toMatchObject({
      state: 'told',
      lacks: [],
    });
  }
});

it('what is said fits into a sentence: no full stop, no capital', () => {
  for (const { lacks } of sightOf([])) for (const lack of lacks) expect(lack).toMatch(/^[a-z].*[^.]$/);
});

import type { Condition } from '../contract/index.js';

/** What a condition says it has seen when there was nothing to look at. */
export const UNREADABLE = 'unreadable: needs full visibility';
export const NOT_LOOKED_AT = 'not looked at yet';
export const NO_OPEN_PORT = 'no open port';

const pattern = (noun: string, { seen, wanted, held }: Condition): string =>
  seen === UNREADABLE || seen === NOT_LOOKED_AT
    ? `${noun} ${seen}`
    : `${noun} ${seen} ${held ? 'matches' : 'does not match'} ${wanted}`;

/**
 * A condition in words: `port 8080 in 8000-8999`, or as part of a sentence `port 8080 is in 8000-8999`.
 * Arguments are not repeated, because they can hold secrets.
 */
export const conditionText = (condition: Condition, sentence = false): string => {
  const { selector, seen, wanted, held } = condition;
  switch (selector) {
    case 'open_ports': {
      if (seen === UNREADABLE) return `open ports ${seen}`;
      if (seen === NO_OPEN_PORT) return `${NO_OPEN_PORT}, wanted ${wanted}`;
      const [noun, verb] = seen.includes(',') ? ['ports', 'are '] : ['port', 'is '];
      return `${noun} ${seen} ${sentence ? verb : ''}${held ? 'in' : 'not in'} ${wanted}`;
    }
    case 'exe_path':
      return pattern('executable', condition);
    case 'cmd_args':
      return `arguments ${held ? 'match' : 'do not match'} ${wanted}`;
    case 'languages':
      return pattern('language', condition);
    case 'target_pids':
      return `PID ${seen} ${sentence ? 'is ' : ''}${held ? 'in' : 'not in'} ${wanted}`;
    case 'containers_only':
      if (seen === UNREADABLE) return `network namespace ${seen}`;
      return `network namespace ${seen} ${held ? 'differs from ours' : 'is ours'}`;
    case 'container_name':
      return pattern('container', condition);
    case 'user':
      return pattern('user', condition);
    case 'systemd_unit':
      return pattern('systemd unit', condition);
    case 'network_namespace':
      if (seen === UNREADABLE) return `network namespace ${seen}`;
      return `network namespace ${seen} ${held ? 'is' : 'is not'} ${wanted}`;
    case 'system_wide':
      return 'every process is wanted';
    case 'kubernetes':
      return `${wanted} never matches on this machine`;
  }
};

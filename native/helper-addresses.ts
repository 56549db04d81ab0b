import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { HelperAddress } from './index.js';

/** Where an installed helper listens (systemd socket unit, group `bindscope`). */
export const systemSocket = '/run/bindscope/helper.sock';

export type Environment = Readonly<Partial<Record<string, string>>>;

/** What is looked at to find a helper; injected so that tests need no privilege. */
export interface HelperSystem {
  readonly euid: () => number;
  readonly exists: (path: string) => boolean;
  /** Absolute path of a program in PATH; null when there is none. */
  readonly findProgram: (name: string) => string | null;
  /** Whether a program is setuid root or has file capabilities. */
  readonly gainsPrivilege: (path: string) => boolean;
}

export const hostSystem = (gainsPrivilege: (path: string) => boolean): HelperSystem => ({
  euid: () => process.geteuid?.() ?? -1,
  exists: existsSync,
  findProgram: (name) => {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not in this folder.
      }
    }
    return null;
  },
  gainsPrivilege,
});

/** Why polkit cannot be asked, and what the user can do about it. */
export interface Obstacle {
  readonly reason: string;
  readonly remedy: string;
}

export interface HelperAddresses {
  /** Tried in this order, without anybody being asked. */
  readonly silent: readonly HelperAddress[];
  /** A helper that was asked for by name: it is waited for until it comes. */
  readonly awaited: boolean;
  /** Asks the user through polkit; an obstacle where that is not possible. */
  readonly asking: HelperAddress | Obstacle;
}

export const isObstacle = (asking: HelperAddress | Obstacle): asking is Obstacle => 'remedy' in asking;

/**
 * The ways to a helper, best first. `BINDSCOPE_HELPER_SOCKET` names the one socket to use;
 * `BINDSCOPE_HELPER=off` leaves none. `ringBytes`: for helpers that are started here; one that listens
 * has its own.
 */
export const helperAddresses = (
  helperPath: string,
  env: Environment,
  system: HelperSystem,
  ringBytes?: number,
): HelperAddresses => {
  if (env['BINDSCOPE_HELPER'] === 'off') {
    return {
      silent: [],
      awaited: false,
      asking: {
        reason: 'BINDSCOPE_HELPER=off keeps the privileged helper out.',
        remedy: 'Start without BINDSCOPE_HELPER=off.',
      },
    };
  }
  const silent: HelperAddress[] = [];
  const named = env['BINDSCOPE_HELPER_SOCKET'];
  if (named) {
    silent.push({ kind: 'connect', path: named });
  } else if (system.exists(systemSocket)) {
    silent.push({ kind: 'connect', path: systemSocket });
  }
  const built = system.exists(helperPath);
  if (!named && built && (system.euid() === 0 || system.gainsPrivilege(helperPath))) {
    silent.push({ kind: 'spawn', command: [helperPath, ...serving(ringBytes)] });
  }
  return { silent, awaited: Boolean(named), asking: asking(helperPath, built, system, ringBytes) };
};

/** The arguments of a helper that serves its standard input. */
const serving = (ringBytes: number | undefined): string[] =>
  ringBytes === undefined ? ['--stdin'] : ['--stdin', '--ring-bytes', String(ringBytes)];

const asking = (
  helperPath: string,
  built: boolean,
  system: HelperSystem,
  ringBytes: number | undefined,
): HelperAddress | Obstacle => {
  if (!built) {
    return {
      reason: `The privileged helper is not at ${helperPath}.`,
      remedy: 'Build it with `npm run setup`, or install the package again.',
    };
  }
  if (system.euid() === 0) {
    return {
      reason: 'The privileged helper could not do its work, although we are root.',
      remedy: 'Run `bindscope doctor`: it names what this kernel or container refuses.',
    };
  }
  const pkexec = system.findProgram('pkexec');
  if (pkexec === null) {
    return {
      reason: 'The privileged helper is not running, and pkexec, which would start it, is missing.',
      remedy:
        'Install polkit (package `pkexec`, on older systems `policykit-1`), or start Bindscope with sudo.',
    };
  }
  return { kind: 'spawn', command: [pkexec, helperPath, ...serving(ringBytes)] };
};

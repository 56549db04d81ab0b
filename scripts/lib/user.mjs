import { execFileSync } from 'node:child_process';
import { Failure } from './failure.mjs';

/**
 * @typedef {object} User
 * @property {string} name
 * @property {number} uid
 * @property {number} gid
 * @property {string} home As the user database says; it need not exist.
 */

/**
 * @param {number | string} nameOrUid
 * @returns {User | null}
 */
export function userOf(nameOrUid) {
  let line;
  try {
    line = execFileSync('getent', ['passwd', String(nameOrUid)], { encoding: 'utf8' });
  } catch {
    return null;
  }
  const [name = '', , uid, gid, , home = '/'] = line.trim().split(':');
  return { name, uid: Number(uid), gid: Number(gid), home };
}

/**
 * Whom a program started as root works for: whoever became root by sudo, pkexec or doas, else
 * `nobody`.
 *
 * @returns {User}
 */
export function unprivilegedUser() {
  const { SUDO_UID, PKEXEC_UID, DOAS_USER } = process.env;
  for (const invoker of [SUDO_UID, PKEXEC_UID, DOAS_USER]) {
    const user = invoker ? userOf(invoker) : null;
    if (user && user.uid !== 0) return user;
  }
  const nobody = userOf('nobody');
  if (nobody) return nobody;
  throw new Failure(
    'Started as root, and there is no unprivileged user to run the window as',
    'Create the user nobody, or start as an ordinary user.',
  );
}

/**
 * @param {User} user
 * @param {readonly string[]} command
 * @returns {[string, ...string[]]} The command, run by root as that user, without any capability,
 *   and ended when its parent ends.
 */
export const userCommand = (user, command) => [
  'setpriv',
  `--reuid=${user.uid}`,
  `--regid=${user.gid}`,
  '--init-groups',
  '--inh-caps=-all',
  '--pdeathsig=TERM',
  '--',
  ...command,
];

import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What of our environment a program of another user is given. */
const passedOn =
  /^(PATH|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|COLUMNS|LINES|LANG|LANGUAGE|LC_\w+|TZ|CI|DISPLAY|BINDSCOPE_\w+|BEYLA_\w+|OTEL_\w+|GTK_\w+|GDK_\w+|ELECTRON_RENDERER_URL|NODE_ENV_ELECTRON_VITE)$/;

/**
 * The environment of a program that root starts as another user: of ours what is harmless, and
 * folders of that user's own. Settings survive: they lie in the user's home, or for a user without
 * one in /var/lib/bindscope.
 *
 * @param {import('./user.mjs').User} user
 * @param {string} [home] Another home; it must belong to the user.
 * @returns {Record<string, string>}
 */
export function environmentOf(user, home = homeOf(user)) {
  /** @type {Record<string, string>} */
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (passedOn.test(name) && value !== undefined) env[name] = value;
  }
  const session = `/run/user/${user.uid}`;
  env['HOME'] = home;
  env['USER'] = user.name;
  env['LOGNAME'] = user.name;
  env['XDG_CONFIG_HOME'] = ownFolder(user, join(home, '.config'));
  env['XDG_CACHE_HOME'] = ownFolder(user, join(home, '.cache'));
  env['XDG_RUNTIME_DIR'] =
    existsSync(session) && home === user.home ? session : ownFolder(user, join(home, '.run'));
  const authority = process.env['DISPLAY'] ? authorityFor(user, home) : null;
  if (authority) env['XAUTHORITY'] = authority;
  return env;
}

/** @param {import('./user.mjs').User} user */
function homeOf(user) {
  if (existsSync(user.home) && statSync(user.home).uid === user.uid) return user.home;
  mkdirSync('/var/lib/bindscope', { recursive: true, mode: 0o755 });
  return ownFolder(user, join('/var/lib/bindscope', user.name));
}

/**
 * @param {import('./user.mjs').User} user
 * @param {string} path
 */
export function ownFolder(user, path) {
  if (!existsSync(path)) {
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, user.uid, user.gid);
  }
  return path;
}

/**
 * A copy of the cookie that opens the X display to us.
 *
 * @param {import('./user.mjs').User} user
 * @param {string} home
 * @returns {string | null}
 */
function authorityFor(user, home) {
  const ours = process.env['XAUTHORITY'] || join(process.env['HOME'] ?? '/root', '.Xauthority');
  if (!existsSync(ours)) return null;
  if (statSync(ours).uid === user.uid) return ours;
  const copy = join(ownFolder(user, join(home, '.run')), 'xauthority');
  copyFileSync(ours, copy);
  chmodSync(copy, 0o600);
  chownSync(copy, user.uid, user.gid);
  return copy;
}

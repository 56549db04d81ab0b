import { chmodSync, writeFileSync } from 'node:fs';
import { userCommand } from './user.mjs';

/**
 * @typedef {object} Wrapper
 * @property {string} path Where the script is written.
 * @property {import('./user.mjs').User} user
 * @property {string} executable
 * @property {Record<string, string>} env The whole environment of the program,
 * @property {readonly string[]} [passing] but for these variables, which are taken from the caller.
 * @property {{ from: string, to: string }} [moved] Arguments below `from` are changed to `to`.
 */

/**
 * Writes a shell script that runs a program as another user. For callers that want an executable
 * and nothing else, as electron-vite and Playwright do.
 *
 * @param {Wrapper} wrapper
 */
export function writeUserWrapper({ path, user, executable, env, passing = [], moved }) {
  const settings = Object.entries(env).map(([name, value]) => quote(`${name}=${value}`));
  const passed = passing.map((name) => `\${${name}+"${name}=$${name}"}`);
  const command = userCommand(user, []).map(quote);
  const lines = ['#!/bin/sh', `# Runs ${executable} as ${user.name}.`];
  if (moved && moved.from !== moved.to) {
    lines.push(
      'for argument; do',
      '  shift',
      `  case $argument in ${quote(moved.from)}*) argument=${quote(moved.to)}\${argument#${quote(moved.from)}} ;; esac`,
      '  set -- "$@" "$argument"',
      'done',
    );
  }
  lines.push(
    `exec env -i ${[...settings, ...passed].join(' ')} ${command.join(' ')} ${quote(executable)} "$@"`,
  );
  writeFileSync(path, `${lines.join('\n')}\n`);
  chmodSync(path, 0o755);
}

/** @param {string} text */
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

import { logged } from './command.mjs';

/**
 * Runs the npm that started us, else the one on the PATH, with the user's ordinary configuration.
 *
 * @param {readonly string[]} args
 * @param {import('./command.mjs').LoggedOptions} options
 */
export function npm(args, options) {
  const path = process.env['npm_execpath'];
  return path?.endsWith('npm-cli.js')
    ? logged(process.execPath, [path, ...args], options)
    : logged('npm', args, options);
}

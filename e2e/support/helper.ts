import { readdirSync, readFileSync } from 'node:fs';
import { captured } from '../../scripts/lib/command.mjs';
import { startHelperListener, type HelperListener } from '../../scripts/lib/helper-listener.mjs';
import { isRoot } from '../../scripts/lib/paths.mjs';

/** Whether this run can have a privileged helper: it is root, or sudo asks for no password. */
export const canHaveHelper = async (): Promise<boolean> =>
  isRoot || (await captured('sudo', ['-n', 'true'])).code === 0;

export interface TestHelper extends HelperListener {
  /** Processes below the listener: those that serve a peer now. */
  servingPids(): number[];
}

/** Starts the privileged helper, which serves the user `peerUid` alone. */
export async function startHelper(peerUid: number): Promise<TestHelper> {
  const listener = await startHelperListener(peerUid);
  return { ...listener, servingPids: () => descendantsOf(listener.pid) };
}

function descendantsOf(ancestor: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      parents.set(Number(name), Number(parent));
    } catch {
      // It ended meanwhile.
    }
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === ancestor || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

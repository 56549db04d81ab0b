import { readFileSync, statSync } from 'node:fs';
import { hostname, release } from 'node:os';
import type { EngineStatus } from '../contract/index.js';

/** Name of this machine, release of its kernel, and the id of this boot (empty where it is hidden). */
export const readHostFacts = (): EngineStatus['host'] => {
  let bootId = '';
  try {
    bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Some containers mask /proc/sys.
  }
  return { name: hostname(), kernel: release(), bootId };
};

/** Inode number of the network namespace that this process is in; 0 where it cannot be read. */
export const readOwnNetworkNamespace = (): number => {
  try {
    return statSync('/proc/self/ns/net').ino;
  } catch {
    return 0;
  }
};

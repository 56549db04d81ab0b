import { readFileSync } from 'node:fs';
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

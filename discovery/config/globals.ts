import type { TextPattern } from '../../contract/index.js';
import type { Given } from './place.js';

/** What is said once for all, and by the environment too. Together they are one criterion. */
export interface Globals {
  openPorts: Given<string> | null;
  executable: Given<TextPattern> | null;
  languages: Given<TextPattern> | null;
  pids: Given<number[]> | null;
  systemWide: Given<boolean> | null;
  /** 0: the default. */
  pollIntervalMs: Given<number> | null;
}

export const noGlobals: Readonly<Globals> = {
  openPorts: null,
  executable: null,
  languages: null,
  pids: null,
  systemWide: null,
  pollIntervalMs: null,
};

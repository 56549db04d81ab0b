import { z } from 'zod';
import { Criteria } from './criterion.js';
import { defaultRingBytes, RingBytes } from './ring-size.js';

/** What is saved between runs. Unknown versions are set aside, never overwritten. */
export const Settings = z.object({
  version: z.literal(3),
  criteria: Criteria,
  pollIntervalMs: z.int().min(250).max(3_600_000),
  /** Count as an open port any local port of any socket, as Beyla does; else listening TCP and bound UDP. */
  countPortsAsBeyla: z.boolean(),
  /** What an imported configuration said besides criteria, as YAML, to be written out again. */
  keptConfiguration: z.string().max(1_000_000).nullable(),
  /** Exports replace values of arguments that look like secrets. */
  redactSecrets: z.boolean(),
  theme: z.enum(['system', 'dark', 'light']),
  /** Own processes (engine, window, helper) are left out unless this is set. */
  showOwnProcesses: z.boolean(),
  /** Ask (polkit) for the helper at start; turned off when the user declines. */
  askForFullView: z.boolean(),
  /** Size of the ring buffer of helpers that are started from now on. */
  ringBytes: RingBytes,
});
export type Settings = z.infer<typeof Settings>;

export const defaultSettings: Settings = {
  version: 3,
  criteria: [],
  pollIntervalMs: 5000,
  countPortsAsBeyla: false,
  keptConfiguration: null,
  redactSecrets: true,
  theme: 'system',
  showOwnProcesses: false,
  askForFullView: true,
  ringBytes: defaultRingBytes,
};

/** A change of some settings; the rest stays. */
export const SettingsPatch = Settings.omit({ version: true }).partial();
export type SettingsPatch = z.infer<typeof SettingsPatch>;

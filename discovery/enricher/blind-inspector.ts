import type { ExecutableType, Placement, ProcessInspector } from '../../contract/index.js';

/** An inspector where there is nothing to be looked at: all is known at once, as not to be had. */
export const blindInspector = (reason: string): ProcessInspector => {
  const type: ExecutableType = { language: 'unknown', version: null, reason };
  const placement: Placement = { cgroup: null, unit: null, container: null };
  return {
    knownExecutableType: () => type,
    executableType: () => Promise.resolve(type),
    knownPlacement: () => placement,
    placement: () => Promise.resolve(placement),
  };
};

/** Offsets within `struct bs_event` and `struct bs_identity_event` (bpf/include/bindscope/events.h). */
export const at = {
  kind: 0,
  size: 4,
  time: 8,
  startTime: 16,
  cgroupId: 24,
  cookie: 32,
  boundAt: 40,
  networkNamespace: 48,
  pid: 52,
  tid: 56,
  parentPid: 60,
  uid: 64,
  error: 68,
  family: 72,
  port: 74,
  hook: 76,
  protocol: 78,
  flags: 79,
  address: 80,
  name: 96,
  executableInode: 112,
  executableDevice: 120,
  argsLength: 124,
  argsSize: 128,
  pathSize: 130,
  args: 136,
  path: 392,
} as const;

export const eventSize = 112;
export const identityEventSize = 904;
export const nameLength = 16;
export const argsRoom = 256;
export const pathRoom = 512;

export const flag = { unconfirmed: 0x1, hasIdentity: 0x2, pathCut: 0x8 } as const;

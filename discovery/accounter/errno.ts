/** What bind() can fail with on Linux (asm-generic numbers, as on x86 and ARM). */
const names: Readonly<Record<number, string>> = {
  0: 'unknown',
  1: 'EPERM',
  2: 'ENOENT',
  9: 'EBADF',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  14: 'EFAULT',
  16: 'EBUSY',
  19: 'ENODEV',
  20: 'ENOTDIR',
  22: 'EINVAL',
  36: 'ENAMETOOLONG',
  40: 'ELOOP',
  88: 'ENOTSOCK',
  95: 'EOPNOTSUPP',
  97: 'EAFNOSUPPORT',
  98: 'EADDRINUSE',
  99: 'EADDRNOTAVAIL',
  100: 'ENETDOWN',
  105: 'ENOBUFS',
};

/** Symbolic name, `unknown` for 0, or `errno N` for one that has none here. */
export const errorName = (errno: number): string => names[errno] ?? `errno ${String(errno)}`;

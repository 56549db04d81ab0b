/** What a failed bind() means, by errno name; the kernel's own sense of each, see bind(2) and ip(7). */
const words: Readonly<Record<string, string>> = {
  unknown: 'the kernel refused it; the hook in use does not tell why',
  EADDRINUSE: 'the address is already in use',
  EACCES: 'permission denied: ports below the unprivileged limit need CAP_NET_BIND_SERVICE',
  EPERM: 'not permitted: a security policy refused it',
  EADDRNOTAVAIL: 'no interface of this machine has that address',
  EINVAL: 'the socket is already bound, or the address has the wrong form',
  EAFNOSUPPORT: 'the address family is not supported by this socket',
  ENODEV: 'there is no such network interface',
  ENOMEM: 'the kernel is out of memory',
  ENOBUFS: 'the kernel is out of buffers',
  EBADF: 'the descriptor is not open',
  ENOTSOCK: 'the descriptor is not a socket',
  EFAULT: 'the address lies outside the process’s memory',
};

export const errnoInWords = (error: string): string => words[error] ?? 'the kernel refused it';

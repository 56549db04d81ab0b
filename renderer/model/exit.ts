/** Signals by number, as Linux counts them on x86 and ARM. */
const signals = [
  ...['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL'],
  ...['SIGUSR1', 'SIGSEGV', 'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGCHLD'],
  ...['SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGXCPU', 'SIGXFSZ'],
  ...['SIGVTALRM', 'SIGPROF', 'SIGWINCH', 'SIGIO', 'SIGPWR', 'SIGSYS'],
];

/** `exit 0`, `killed by SIGKILL`. A code above 128 is read as shells write it: 128 + signal. */
export const exitText = (code: number | null): string => {
  if (code === null) return 'exit status unknown: only a poll noticed';
  const signal = signals[code - 129];
  return signal === undefined ? `exit ${String(code)}` : `killed by ${signal}`;
};

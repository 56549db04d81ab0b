export type LogLevel = 'info' | 'warn' | 'error';

/** One line a message on stderr, where the session's journal or the terminal picks it up. */
export const log = (level: LogLevel, message: string): void => {
  process.stderr.write(`bindscope ${level}: ${message.replaceAll('\n', ' ')}\n`);
};

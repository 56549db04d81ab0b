import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Display {
  /** For the environment variable DISPLAY, as ":93". */
  readonly name: string;
  stop(): Promise<void>;
}

/** Pixels. */
export interface ScreenSize {
  readonly width: number;
  readonly height: number;
}

/** Starts an X server of the test's own, which everybody on this machine may use. */
export async function startDisplay({ width, height }: ScreenSize): Promise<Display> {
  const server = spawn(
    'Xvfb',
    ['-displayfd', '3', '-ac', '-nolisten', 'tcp', '-screen', '0', `${width}x${height}x24`],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const [, , errors, numbers] = server.stdio;
  let words = '';
  errors?.on('data', (chunk: Buffer) => (words += chunk.toString()));
  const number = await new Promise<string>((resolve, reject) => {
    let text = '';
    numbers?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.endsWith('\n')) resolve(text.trim());
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`Xvfb did not start: ${words.trim()}`)));
  });
  return {
    name: `:${number}`,
    stop: async () => {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const ended = once(server, 'exit');
      server.kill();
      await ended;
    },
  };
}

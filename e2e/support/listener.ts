import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/**
 * What the child does: each argument is a command, run in order, answered by a line.
 * tcp:PORT, udp:PORT, tcp6:PORT listen or bind; port 0 lets the kernel choose. The answer is
 * `PORT` or the error's code. It ends when its stdin closes.
 */
const script = `
const net = require('node:net'), dgram = require('node:dgram');
const open = (what) => new Promise((answer) => {
  const [kind, port] = what.split(':');
  if (kind.startsWith('udp')) {
    const socket = dgram.createSocket(kind === 'udp6' ? 'udp6' : 'udp4');
    socket.once('error', (error) => answer(error.code));
    socket.bind({ port: Number(port), address: kind === 'udp6' ? '::1' : '127.0.0.1' }, () => answer(socket.address().port));
    return;
  }
  const server = net.createServer();
  server.once('error', (error) => answer(error.code));
  server.listen({ port: Number(port), host: kind === 'tcp6' ? '::1' : '127.0.0.1' }, () => answer(server.address().port));
});
(async () => {
  for (const what of process.argv.slice(1)) console.log(await open(what));
  process.stdin.resume().once('end', () => process.exit(0));
})();
`;

export interface Listener {
  readonly pid: number;
  /** One answer a command: the port it got, or an error code such as EADDRINUSE. */
  readonly answers: readonly string[];
  /** Ends the process in the ordinary way and waits for it. */
  end(): Promise<void>;
}

/** Starts a real process with real sockets; resolves once every command was answered. */
export const startListener = (...commands: readonly string[]): Promise<Listener> => listenAs(null, commands);

/** The same as a user, by uid and a group of the same number; only root can. */
export const startListenerOf = (uid: number, ...commands: readonly string[]): Promise<Listener> =>
  listenAs(uid, commands);

const listenAs = async (uid: number | null, commands: readonly string[]): Promise<Listener> => {
  const child: ChildProcess = spawn(process.execPath, ['-e', script, ...commands], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(uid === null ? {} : { uid, gid: uid, cwd: '/' }),
  });
  const answers: string[] = [];
  let rest = '';
  const output = child.stdout;
  if (output === null || child.pid === undefined) throw new Error('the listener could not be started');
  output.setEncoding('utf8');
  while (answers.length < commands.length) {
    const [chunk] = (await once(output, 'data')) as [string];
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    answers.push(...lines);
  }
  return {
    pid: child.pid,
    answers,
    end: async () => {
      const ended = once(child, 'exit');
      child.stdin?.end();
      await ended;
    },
  };
};

import { request } from 'node:http';
import { z } from 'zod';
import type { ContainerPlace } from './cgroup-path.js';

export interface ContainerNames {
  readonly name: string | null;
  readonly image: string | null;
}

/** What is known of a container; `settled`: asking again would tell no more. */
export interface NamesAnswer extends ContainerNames {
  readonly settled: boolean;
}

export interface ContainerNamesOptions {
  /** Sockets of the engines, by runtime, in the order they are tried. */
  readonly sockets: Readonly<Record<string, readonly string[]>>;
  readonly timeoutMs: number;
  /** An engine that did not answer is left alone for so long. */
  readonly restMs: number;
  readonly now: () => number;
}

/** More than any engine tells of one container. */
const MOST_BYTES = 1024 * 1024;
const unnamed: ContainerNames = { name: null, image: null };

/** The part of an engine's answer that is used, of Docker's interface and Podman's version of it. */
const Answer = z.object({
  Name: z.string().optional(),
  Config: z.object({ Image: z.string().optional() }).optional(),
});

/** Where the engines listen: the system's, and the user's own. */
export const engineSockets = (
  env: Readonly<Partial<Record<string, string>>>,
): ContainerNamesOptions['sockets'] => {
  const own = env['XDG_RUNTIME_DIR'];
  const mine = (socket: string): string[] => (own?.startsWith('/') !== true ? [] : [`${own}/${socket}`]);
  return {
    docker: ['/var/run/docker.sock', ...mine('docker.sock')],
    podman: ['/run/podman/podman.sock', ...mine('podman/podman.sock')],
  };
};

type Reply =
  { readonly kind: 'names'; readonly names: ContainerNames } | { readonly kind: 'none' | 'failed' };

const ask = (socketPath: string, id: string, timeoutMs: number): Promise<Reply> =>
  new Promise((resolve) => {
    const call = request(
      {
        socketPath,
        method: 'GET',
        path: `/containers/${encodeURIComponent(id)}/json`,
        headers: { host: 'localhost', accept: 'application/json', connection: 'close' },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > MOST_BYTES) end({ kind: 'failed' });
          else chunks.push(chunk);
        });
        response.on('error', () => end({ kind: 'failed' }));
        response.on('end', () => {
          if (response.statusCode === 404) end({ kind: 'none' });
          else if (response.statusCode !== 200) end({ kind: 'failed' });
          else end(parse(Buffer.concat(chunks).toString('utf8')));
        });
      },
    );
    const timer = setTimeout(() => end({ kind: 'failed' }), timeoutMs);
    timer.unref();
    const end = (reply: Reply): void => {
      clearTimeout(timer);
      call.destroy();
      resolve(reply);
    };
    call.on('error', (error) => {
      // Nobody listens there, or not for us: nothing that would change by asking again.
      const code = 'code' in error ? error.code : '';
      end({ kind: code === 'ENOENT' || code === 'EACCES' || code === 'ECONNREFUSED' ? 'none' : 'failed' });
    });
    call.end();
  });

const parse = (text: string): Reply => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'failed' };
  }
  const answer = Answer.safeParse(json);
  if (!answer.success) return { kind: 'failed' };
  const { Name, Config } = answer.data;
  const text_ = (value: string | undefined): string | null =>
    value === undefined || value === '' ? null : value;
  return { kind: 'names', names: { name: text_(Name?.replace(/^\//, '')), image: text_(Config?.Image) } };
};

/**
 * Names of containers, by asking the engine that runs them where its socket lets us. Never needed:
 * what cannot be asked for is null, and nobody waits longer than the timeout.
 */
export class ContainerNameService {
  readonly #options: ContainerNamesOptions;
  /** Sockets that did not answer, and until when they are left alone. */
  readonly #resting = new Map<string, number>();

  constructor(options: ContainerNamesOptions) {
    this.#options = options;
  }

  async namesOf({ id, runtime }: ContainerPlace): Promise<NamesAnswer> {
    // LXC and machined know no other name than this one.
    if (runtime === 'lxc' || runtime === 'systemd-nspawn') return { name: id, image: null, settled: true };
    const { sockets, timeoutMs, restMs, now } = this.#options;
    let settled = true;
    for (const socket of sockets[runtime] ?? []) {
      if ((this.#resting.get(socket) ?? 0) > now()) {
        settled = false;
        continue;
      }
      const reply = await ask(socket, id, timeoutMs);
      if (reply.kind === 'names') return { ...reply.names, settled: true };
      if (reply.kind === 'failed') {
        settled = false;
        this.#resting.set(socket, now() + restMs);
      }
    }
    return { ...unnamed, settled };
  }
}

import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BootNs, InspectedProcess, Pid } from '../../contract/index.js';
import { engineSockets } from './container-names.js';
import { createProcessInspector } from './process-inspector.js';
import { FakeProc } from './testing/fake-proc.js';

const START = 50_000_000_000n as BootNs;
const ID = '3f4a9c1de5b60718293a4b5c6d7e8f900112233445566778899aabbccddeeff0';
const DOCKER = `0::/system.slice/docker-${ID}.scope\n`;

let folder = '';
let proc: FakeProc;
let now = 0;
const servers: { close: () => void }[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bindscope-engines-'));
  proc = new FakeProc();
  now = 1000;
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true, force: true });
  proc.close();
});

const socket = (name = 'docker.sock'): string => join(folder, name);

/** An engine that answers each request so; returns the paths that were asked for. */
const engine = async (
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  path = socket(),
): Promise<string[]> => {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  servers.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return asked;
};

const named = (_request: IncomingMessage, response: ServerResponse): void => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ Id: ID, Name: '/web', Config: { Image: 'nginx:1.27', Env: [] }, State: {} }));
};

const inspector = (sockets: Record<string, string[]> = { docker: [socket()] }) =>
  createProcessInspector({
    proc: proc.root,
    cgroupRoots: [join(folder, 'cgroup')],
    sockets,
    engineTimeoutMs: 200,
    now: () => now,
  });

const subject = (pid: number, cgroupId = 0n): InspectedProcess => ({
  pid: pid as Pid,
  startTime: START,
  executable: null,
  executableFile: null,
  cgroupId,
});

/** Makes the directory of a cgroup; its inode number is the cgroup's id. */
const cgroup = (path: string): bigint => {
  const directory = join(folder, 'cgroup', path);
  mkdirSync(directory, { recursive: true });
  return statSync(directory, { bigint: true }).ino;
};

const nowhere = { cgroup: null, unit: null, container: null };

describe('placement', () => {
  it('is the cgroup, its unit and its container', async () => {
    proc.add(7, { startTime: START, cgroup: '0::/system.slice/nginx.service\n' });
    expect(await inspector().placement(subject(7))).toEqual({
      cgroup: '/system.slice/nginx.service',
      unit: 'nginx.service',
      container: null,
    });
  });

  it('is nowhere for a process that is gone, and for a PID that is another’s', async () => {
    expect(await inspector().placement(subject(7))).toEqual(nowhere);
    proc.add(7, { startTime: START + 10_000_000n, cgroup: '0::/system.slice/nginx.service\n' });
    expect(await inspector().placement(subject(7))).toEqual(nowhere);
  });

  it('is read once for a cgroup', async () => {
    const id = cgroup('/system.slice/nginx.service');
    proc.add(7, { startTime: START, cgroup: '0::/system.slice/nginx.service\n' });
    const one = inspector();
    expect(one.knownPlacement(id)).toBeUndefined();
    const placement = await one.placement(subject(7, id));
    expect(one.knownPlacement(id)).toBe(placement);
    proc.remove(7);
    expect(await one.placement(subject(8, id))).toBe(placement);
  });

  it('of a process that was moved is true of it, and not taken for its former cgroup’s', async () => {
    const before = cgroup('/system.slice/docker.service');
    cgroup(`/system.slice/docker-${ID}.scope`);
    proc.add(7, { startTime: START, cgroup: DOCKER });
    const one = inspector({});
    expect((await one.placement(subject(7, before))).container?.id).toBe(ID);
    expect(one.knownPlacement(before)).toBeUndefined();
  });

  it('by the tree of the first version is never taken for another process’s', async () => {
    const root = cgroup('/');
    proc.add(7, { startTime: START, cgroup: '1:name=systemd:/system.slice/a.service\n0::/\n' });
    const one = inspector();
    expect((await one.placement(subject(7, root))).unit).toBe('a.service');
    expect(one.knownPlacement(root)).toBeUndefined();
  });
});

describe('the name of a container', () => {
  beforeEach(() => {
    proc.add(7, { startTime: START, cgroup: DOCKER });
  });
  const container = async (one = inspector()) => (await one.placement(subject(7))).container;

  it('and its image are asked of the engine', async () => {
    const asked = await engine(named);
    expect(await container()).toEqual({ id: ID, runtime: 'docker', name: 'web', image: 'nginx:1.27' });
    expect(asked).toEqual([`GET /containers/${ID}/json`]);
  });

  it('comes from the next socket where the first does not know it', async () => {
    await engine((_request, response) => {
      response.statusCode = 404;
      response.end('{"message":"No such container"}');
    });
    await engine(named, socket('rootless.sock'));
    const one = inspector({ docker: [socket('absent.sock'), socket(), socket('rootless.sock')] });
    expect((await container(one))?.name).toBe('web');
  });

  it('is null where nobody can be asked', async () => {
    const unnamed = { id: ID, runtime: 'docker', name: null, image: null };
    expect(await container()).toEqual(unnamed);
    expect(await container(inspector({}))).toEqual(unnamed);
  });

  it.each([
    [
      'says an error',
      (response: ServerResponse) => {
        response.writeHead(500).end('{}');
      },
    ],
    [
      'is no JSON',
      (response: ServerResponse) => {
        response.end('<html>');
      },
    ],
    [
      'is JSON of another shape',
      (response: ServerResponse) => {
        response.end('{"Name":7}');
      },
    ],
    [
      'is empty',
      (response: ServerResponse) => {
        response.end();
      },
    ],
    [
      'breaks off',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' }).flushHeaders();
        response.destroy();
      },
    ],
    [
      'never ends',
      (response: ServerResponse) => {
        response.writeHead(200);
        const more = (): void => {
          if (!response.destroyed) response.write('x'.repeat(65_536), more);
        };
        more();
      },
    ],
  ])('is null where the answer %s', async (_what, answer) => {
    await engine((_request, response) => {
      answer(response);
    });
    expect(await container()).toMatchObject({ id: ID, name: null, image: null });
  });

  it('is null at once where the answer is larger than any engine’s', async () => {
    await engine((_request, response) => {
      response.end(JSON.stringify({ Name: '/web', padding: 'x'.repeat(2 * 1024 * 1024) }));
    });
    const one = createProcessInspector({
      proc: proc.root,
      cgroupRoots: [],
      sockets: { docker: [socket()] },
      engineTimeoutMs: 60_000,
    });
    expect((await container(one))?.name).toBeNull();
  });

  it('is null where the engine does not speak HTTP', async () => {
    const server = createNetServer((connection) => connection.end('SSH-2.0-x\r\n'));
    await new Promise<void>((resolve) => server.listen(socket(), resolve));
    servers.push(server);
    expect((await container())?.name).toBeNull();
  });

  it('is not waited for longer than the timeout, and a hanging engine is left alone for a while', async () => {
    const id = cgroup(`/system.slice/docker-${ID}.scope`);
    let hangs = true;
    const asked = await engine((request, response) => {
      if (!hangs) named(request, response);
    });
    const one = inspector();
    const began = performance.now();
    expect((await one.placement(subject(7, id))).container).toMatchObject({ id: ID, name: null });
    expect(performance.now() - began).toBeLessThan(1000);
    proc.add(8, { startTime: START, cgroup: `0::/docker/${ID}\n` });
    await one.placement(subject(8));
    expect(asked).toHaveLength(1);
    // What was learned without the name holds until then.
    expect(one.knownPlacement(id)?.container?.name).toBeNull();
    now += 31_000;
    hangs = false;
    expect(one.knownPlacement(id)).toBeUndefined();
    expect((await one.placement(subject(7, id))).container?.name).toBe('web');
  });

  it('is its own for LXC and systemd-nspawn, which know no other', async () => {
    proc.add(8, { startTime: START, cgroup: '0::/lxc.payload.web/init.scope\n' });
    expect((await inspector().placement(subject(8))).container).toEqual({
      id: 'web',
      runtime: 'lxc',
      name: 'web',
      image: null,
    });
  });
});

it('engines listen at the system’s sockets and at the user’s own', () => {
  expect(engineSockets({ XDG_RUNTIME_DIR: '/run/user/1000' })).toEqual({
    docker: ['/var/run/docker.sock', '/run/user/1000/docker.sock'],
    podman: ['/run/podman/podman.sock', '/run/user/1000/podman/podman.sock'],
  });
  expect(engineSockets({ XDG_RUNTIME_DIR: 'relative' })).toEqual(engineSockets({}));
});

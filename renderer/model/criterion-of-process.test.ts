// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { Criterion, noSelectors, type ProcessInfo, type Selectors } from '../../contract/index.js';
import { process, socketRow } from '../testing/fixtures.js';
import { criterionDraftOf } from './criterion-of-process.js';

const asked = (
  holder: ProcessInfo,
  ports: readonly number[] = [],
): { name: string } & Partial<Record<keyof Selectors, unknown>> => {
  const draft = criterionDraftOf(
    holder,
    ports.map((port) => socketRow(port, port, holder)),
  );
  Criterion.parse(draft);
  // It selects the process that it was made of.
  const { executable, args } = draft.selectors;
  if (executable !== null) expect(holder.executable).toMatch(new RegExp(executable.text));
  if (args !== null) expect(holder.args.slice(1).join(' ')).toMatch(new RegExp(args.text));
  const selectors = Object.entries(draft.selectors)
    .filter(([, value]) => value !== null && value !== false)
    .map(([field, value]) => [
      field,
      value !== null && typeof value === 'object' && 'text' in value ? value.text : value,
    ]);
  return { name: draft.name, ...(Object.fromEntries(selectors) as Partial<Selectors>) };
};

const native = (executable: string, over: Parameters<typeof process>[1] = {}): ProcessInfo =>
  process(7, {
    executable,
    name: executable.slice(executable.lastIndexOf('/') + 1, 16),
    args: [executable],
    ...over,
  });

const interpreted = (...args: string[]): ProcessInfo =>
  process(7, { executable: args[0], name: args[0]?.slice(args[0].lastIndexOf('/') + 1), args });

const placed = (unit: string | null, container: string | null = null): object => ({
  cgroup: '/x',
  unit,
  container:
    container === null ? null : { id: 'f'.repeat(64), runtime: 'docker', name: container, image: null },
});

describe('a criterion of a program of its own', () => {
  it('asks for its exact path, and for the ports at which it listens', () => {
    expect(asked(native('/usr/sbin/nginx++'), [443, 80, 81])).toEqual({
      name: 'nginx++',
      executable: '^/usr/sbin/nginx\\+\\+$',
      openPorts: '80-81, 443',
    });
  });

  it('leaves out ports that the kernel chose, where anything else tells who it is', () => {
    expect(asked(native('/usr/bin/go-server'), [8080, 45_321]).openPorts).toBe('8080');
    expect(asked(native('/usr/bin/go-server'), [45_321]).openPorts).toBeUndefined();
    expect(asked(process(7, { executable: null, args: [] }), [45_321]).openPorts).toBe('45321');
  });

  it('asks for no port of a socket that it does not hold, or only connects with', () => {
    const holder = native('/usr/bin/curl');
    const row = socketRow(1, 8080, holder);
    const draft = criterionDraftOf(holder, [
      { ...row, holders: [] },
      { ...row, socket: { ...row.socket, state: 'connected' } },
      { ...row, socket: { ...row.socket, state: 'bound' } },
      {
        ...row,
        socket: { ...row.socket, transport: 'udp', state: 'bound', port: 53 as typeof row.socket.port },
      },
    ]);
    expect(draft.selectors.openPorts).toBe('53');
  });

  it('asks for the end of a path that is too long for a pattern', () => {
    expect(asked(native(`/${'a/'.repeat(600)}tool`)).executable).toBe('/tool$');
  });

  it('asks for its arguments, or else its PID, where its path cannot be read and it listens nowhere', () => {
    const hidden = { executable: null, name: 'secret' };
    expect(asked(process(7, { ...hidden, args: ['secret', '-d', 'a.b'] }))).toEqual({
      name: 'secret',
      args: '^-d a\\.b$',
    });
    expect(asked(process(7, { ...hidden, args: [] }))).toEqual({ name: 'secret', pids: [7] });
    expect(asked(process(7, { ...hidden, args: [] }), [22])).toEqual({ name: 'secret', openPorts: '22' });
  });
});

describe('a criterion of an interpreter', () => {
  it.each<[string[], string, string | undefined, string]>([
    [['/usr/bin/python3.11', '-u', 'shop.py'], '/python[\\d.-]*$', '(^|[ /])shop\\.py( |$)', 'shop.py'],
    [
      ['/usr/bin/python3', '-m', 'http.server', '80'],
      '/python[\\d.-]*$',
      '(^| )-m (\\S*/)?http\\.server( |$)',
      'http.server',
    ],
    [
      ['/usr/bin/python3', '-W', 'ignore', '-X', 'dev', '/srv/shop/app.py'],
      '/python[\\d.-]*$',
      '(^|[ /])shop/app\\.py( |$)',
      'shop/app.py',
    ],
    [['/usr/bin/python3', '-c', 'import x'], '/python[\\d.-]*$', undefined, 'python3'],
    [
      ['/usr/bin/node', '--inspect', '-r', './x.js', 'api/server.js', '--port', '1'],
      '/node$',
      '(^|[ /])api/server\\.js( |$)',
      'api/server.js',
    ],
    [['/usr/bin/node', '-e', 'code'], '/node$', undefined, 'node'],
    [
      ['/usr/lib/jvm/java-21/bin/java', '-Xmx1g', '-cp', 'a:b', 'org.shop.Main'],
      '/java$',
      '(^|[ /])org\\.shop\\.Main( |$)',
      'org.shop.Main',
    ],
    [['/usr/bin/java', '-jar', '/opt/shop.jar'], '/java$', '(^| )-jar (\\S*/)?shop\\.jar( |$)', 'shop.jar'],
    [
      ['/usr/bin/ruby3.1', '-I', 'lib', 'config.ru'],
      '/ruby[\\d.-]*$',
      '(^|[ /])config\\.ru( |$)',
      'config.ru',
    ],
    [
      ['/usr/bin/php8.2', '-S', '0:80', '-t', 'web', 'router.php'],
      '/php[\\d.-]*$',
      '(^|[ /])router\\.php( |$)',
      'router.php',
    ],
    [['/usr/bin/deno', 'run', '-A', 'serve.ts'], '/deno$', '(^|[ /])serve\\.ts( |$)', 'serve.ts'],
    [['/usr/bin/bun', 'run', 'dev.ts'], '/bun$', '(^|[ /])dev\\.ts( |$)', 'dev.ts'],
    [['/usr/bin/dotnet', '/app/Shop.dll'], '/dotnet$', '(^|[ /])Shop\\.dll( |$)', 'Shop.dll'],
    [['/usr/bin/bash', '-e', '/opt/loop.sh'], '/bash$', '(^|[ /])loop\\.sh( |$)', 'loop.sh'],
    [['/usr/bin/sh', '-c', 'sleep 1'], '/sh$', undefined, 'sh'],
  ])('of %j asks for the interpreter and what it runs', (args, executable, script, name) => {
    expect(asked(interpreted(...args))).toEqual({
      name,
      executable,
      ...(script === undefined ? {} : { args: script }),
    });
  });

  it('knows one under another name by its language and the script it runs', () => {
    const type = { language: 'python', version: null, reason: 'links libpython' };
    const renamed = process(7, {
      executable: '/opt/shop/py',
      executableType: type,
      args: ['py', '/srv/pay.py'],
    });
    expect(asked(renamed)).toMatchObject({ executable: '/py$', args: '(^|[ /])pay\\.py( |$)' });
  });

  it('takes a program that is only written in such a language for a program', () => {
    const type = { language: 'dotnet', version: null, reason: 'single file' };
    const program = native('/opt/shop/Shop', { executableType: type, args: ['Shop', 'serve'] });
    expect(asked(program)).toEqual({ name: 'Shop', executable: '^/opt/shop/Shop$' });
  });
});

describe('a criterion of a process in a container or a service', () => {
  it('asks for the container’s name, and for the program only where no port tells', () => {
    const inside = native('/usr/local/bin/node', { placement: placed('docker.service', 'shop-web.1') });
    expect(asked(inside, [3000])).toEqual({
      name: 'shop-web.1',
      containerName: '^shop-web\\.1$',
      openPorts: '3000',
    });
    expect(asked(inside)).toMatchObject({ containerName: '^shop-web\\.1$', executable: '/node$' });
  });

  it('asks for the unit of an interpreter, or of a program whose path will change', () => {
    const placement = placed('shop.service');
    const python = process(7, { executable: '/usr/bin/python3', args: ['python3', 'a.py'], placement });
    expect(asked(python, [80])).toEqual({ name: 'shop', unit: '^shop\\.service$', openPorts: '80' });
    expect(asked(native('/nix/store/abc-caddy/bin/caddy', { placement }))).toEqual({
      name: 'shop',
      unit: '^shop\\.service$',
    });
    expect(asked(native('/usr/sbin/nginx', { placement })).unit).toBeUndefined();
  });

  it.each(['session-4.scope', 'run-u12.service', 'user@1000.service', 'app-term-77.service'])(
    'does not trust %s, which has another name the next time',
    (unit) => {
      const python = process(7, {
        executable: '/usr/bin/python3',
        args: ['python3', 'a.py'],
        placement: placed(unit),
      });
      expect(asked(python)).toMatchObject({ executable: '/python[\\d.-]*$' });
    },
  );

  it('does not take what a service started for the service', () => {
    const job = process(7, {
      parentPid: 800,
      executable: '/usr/bin/python3',
      args: ['python3', 'job.py'],
      placement: placed('cron.service'),
    });
    expect(asked(job).unit).toBeUndefined();
  });
});

it('asks of nothing but what it says', () => {
  const { selectors, enabled, exclude, kept } = criterionDraftOf(native('/usr/sbin/nginx'), []);
  expect({ ...selectors, executable: null }).toEqual(noSelectors);
  expect({ enabled, exclude, kept }).toEqual({ enabled: true, exclude: false, kept: {} });
});

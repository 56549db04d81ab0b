import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { attached, captured, logged, loggedStatus } from './command.mjs';
import { Failure } from './failure.mjs';
import { isRoot, systemLogDir, systemStampDir } from './paths.mjs';
import { isStamped, writeStamp } from './stamps.mjs';
import { bold, note, step, warn } from './terminal.mjs';

/**
 * Debian packages; where releases name one differently, the names in order of preference.
 *
 * @type {readonly (readonly string[])[]}
 */
const toBuild = [
  ['clang'],
  ['llvm'],
  ['g++'],
  ['cmake'],
  ['ninja-build'],
  ['pkg-config', 'pkgconf'],
  ['libbpf-dev'],
  ['libelf-dev'],
  ['zlib1g-dev'],
  ['doctest-dev'],
  ['unzip'],
];
/** Ubuntu has bpftool in its kernel tools; see `bpftoolPath`. */
const bpftool = ['bpftool', 'linux-tools-generic'];
const toRun = [
  ['libgtk-3-0t64', 'libgtk-3-0'],
  ['libnss3'],
  ['libasound2t64', 'libasound2'],
  ['libgbm1'],
  ['libxss1'],
  ['libdrm2'],
];
const toTest = [['xvfb']];
/** Of clang's sanitizers and of libFuzzer; the last where releases have it with the compiler's headers. */
const sanitizerRuntime = ['libclang-rt-dev', 'libclang-rt-14-dev', 'libclang-common-14-dev'];
/** Debian's kernels, emulated; some only there for the static build of the scenario suite. */
const toBootKernels = [
  ['qemu-system-x86'],
  ['busybox-static'],
  ['debian-archive-keyring'],
  ['xz-utils'],
  ['libzstd-dev'],
];

const aptLog = join(systemLogDir, 'apt');
const dpkgStatus = '/var/lib/dpkg/status';

/** Commands that stand for the packages on systems without dpkg. */
const commands = ['clang', 'llvm-strip', 'g++', 'cmake', 'ninja', 'pkg-config', 'unzip'];
const kernelCommands = ['qemu-system-x86_64', 'busybox', 'apt-get', 'dpkg-deb', 'xz'];

/**
 * Makes sure that what the build and Electron need of the system is there; installs what is missing.
 *
 * @param {{ forTests: boolean, forKernels: boolean }} options `forKernels`: to boot other kernels, too.
 */
export async function ensureSystemPackages({ forTests, forKernels }) {
  const groups = [
    ...toBuild,
    ...(bpftoolPath() ? [] : [bpftool]),
    ...toRun,
    ...(forTests ? toTest : []),
    ...(forTests && !hasSanitizerRuntime() ? [sanitizerRuntime] : []),
    ...(forKernels ? toBootKernels : []),
  ];
  if (!existsSync(dpkgStatus)) return checkWithoutDpkg(groups, { forTests, forKernels });

  const kind = `${forTests ? '-tests' : ''}${forKernels ? '-kernels' : ''}`;
  const stamp = join(systemStampDir, `packages${kind}`);
  const state = () => `${statSync(dpkgStatus).mtimeMs} ${JSON.stringify(groups)}`;
  if (isStamped(stamp, state())) return;
  const missing = await missingOf(groups);
  if (missing.length > 0) await installPackages(missing);
  if (!bpftoolPath()) {
    throw new Failure(
      'There is no bpftool, which the eBPF build needs',
      'Install the package that has it (bpftool, or linux-tools-generic on Ubuntu).',
    );
  }
  writeStamp(stamp, state());
}

/**
 * Ubuntu's /usr/sbin/bpftool is a script that refuses unless the tools of the running kernel are
 * installed; any version does for a build, so those behind it are taken too.
 *
 * @returns {string | null}
 */
export function bpftoolPath() {
  const plain = (process.env['PATH'] ?? '')
    .split(':')
    .concat('/usr/sbin', '/usr/local/sbin')
    .map((dir) => join(dir, 'bpftool'))
    .find((path) => existsSync(path));
  if (plain && !existsSync('/usr/lib/linux-tools')) return plain;
  const kernels = '/usr/lib/linux-tools';
  const versions = existsSync(kernels) ? readdirSync(kernels).sort().reverse() : [];
  return (
    versions.map((version) => join(kernels, version, 'bpftool')).find((path) => existsSync(path)) ?? null
  );
}

/** Whether clang++ can build fuzz targets: what that takes is in a package of its own. */
export function hasSanitizerRuntime() {
  const compiler = (process.env['PATH'] ?? '')
    .split(':')
    .map((dir) => join(dir, 'clang++'))
    .find((path) => existsSync(path));
  if (!compiler) return false;
  const prefix = dirname(dirname(realpathSync(compiler)));
  return ['lib', 'lib64'].some((lib) =>
    entriesOf(join(prefix, lib, 'clang')).some((version) =>
      entriesOf(join(version, 'lib')).some((system) =>
        entriesOf(system).some((path) => basename(path).startsWith('libclang_rt.fuzzer')),
      ),
    ),
  );
}

/** @param {string} dir @returns {string[]} Paths of what is in it; none where there is no such folder. */
const entriesOf = (dir) => (existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : []);

/** @returns {NodeJS.ProcessEnv} Our environment, in which the right bpftool is found. */
export function buildEnvironment() {
  const path = bpftoolPath();
  return path ? { ...process.env, PATH: `${dirname(path)}:${process.env['PATH'] ?? ''}` } : process.env;
}

/**
 * @param {readonly (readonly string[])[]} groups
 * @returns {Promise<(readonly string[])[]>} Those of which no name is installed.
 */
async function missingOf(groups) {
  const { stdout } = await captured('dpkg-query', [
    '-W',
    '-f',
    '${db:Status-Abbrev}${Package}\n',
    ...groups.flat(),
  ]);
  const installed = new Set(
    stdout
      .split('\n')
      // The second letter is the state: installed.
      .filter((line) => line[1] === 'i')
      .map((line) => line.slice(3).trim()),
  );
  return groups.filter((names) => !names.some((name) => installed.has(name)));
}

/** @param {readonly (readonly string[])[]} missing */
async function installPackages(missing) {
  let names = await candidates(missing);
  const prefix = await privilege((names ?? missing.map((group) => group.at(-1))).join(' '));
  /** @param {readonly string[]} args @param {string} remedy */
  const aptGet = (args, remedy) => {
    const [command = 'apt-get', ...rest] = [...prefix, 'apt-get', ...args];
    return logged(command, rest, { log: aptLog, append: true, remedy });
  };
  const update = () =>
    step('Reading the package lists', () =>
      aptGet(['update'], 'Check the network and the sources in /etc/apt, then run the command again.'),
    );

  if (names === null) {
    await update();
    names = await candidates(missing);
  }
  if (names === null) {
    throw new Failure(
      `The package sources of this system lack some of: ${missing.map((group) => group.join(' or ')).join(', ')}`,
      'Enable them in /etc/apt/sources.list (on Ubuntu: the component universe), or install the equivalents by hand.',
    );
  }
  note(`Installing with apt-get: ${bold(names.join(' '))}`);
  await step(`Installing ${names.length} system packages`, async () => {
    const [command = 'apt-get', ...rest] = [
      ...prefix,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      'install',
      '-y',
      '--no-install-recommends',
      // Another apt may be at work, as after the start of a machine.
      '-o',
      'DPkg::Lock::Timeout=300',
      ...(names ?? []),
    ];
    // Lists that are out of date name files that are gone: once more with new ones.
    if ((await loggedStatus(command, rest, { log: aptLog, remedy: '' })) === 0) return;
    await aptGet(['update'], 'Check the network and the sources in /etc/apt, then run the command again.');
    await logged(command, rest, {
      log: aptLog,
      append: true,
      remedy: `Mend what apt-get complains about, or install by hand: sudo apt-get install ${(names ?? []).join(' ')}`,
    });
  });
}

/**
 * @param {readonly (readonly string[])[]} groups
 * @returns {Promise<string[] | null>} The name apt knows of each; null when it knows none of some.
 */
async function candidates(groups) {
  const { stdout } = await captured('apt-cache', ['policy', ...groups.flat()], {
    env: { ...process.env, LC_ALL: 'C' },
  });
  const known = new Set(
    [...stdout.matchAll(/^(\S+):\n(?:.*\n)*?\s+Candidate: (.+)$/gm)]
      .filter(([, , candidate]) => candidate !== '(none)')
      .map(([, name]) => name),
  );
  const names = groups.map((group) => group.find((name) => known.has(name)));
  return names.every((name) => name !== undefined) ? names : null;
}

/**
 * @param {string} names
 * @returns {Promise<string[]>} What goes before a command to run it as root.
 */
async function privilege(names) {
  if (isRoot) return [];
  if ((await captured('sudo', ['-n', 'true'])).code === 0) return ['sudo', '-n'];
  const remedy = `Run: sudo apt-get install ${names}`;
  if (!process.stdin.isTTY || (await captured('sudo', ['-V'])).code !== 0) {
    throw new Failure(`These system packages are missing, and sudo cannot be used here: ${names}`, remedy);
  }
  note(`These system packages are missing and will be installed with sudo apt-get: ${bold(names)}`);
  if ((await attached('sudo', ['-v'], { stdout: 'stderr' })) !== 0) {
    throw new Failure(`These system packages are missing and sudo was refused: ${names}`, remedy);
  }
  return ['sudo'];
}

/**
 * @param {readonly (readonly string[])[]} groups
 * @param {{ forTests: boolean, forKernels: boolean }} options
 */
async function checkWithoutDpkg(groups, { forTests, forKernels }) {
  const wanted = [...commands, ...(forTests ? ['Xvfb'] : []), ...(forKernels ? kernelCommands : [])];
  const found = await Promise.all(
    wanted.map(async (name) => (await captured('sh', ['-c', 'command -v "$0"', name])).code === 0),
  );
  const missing = wanted.filter((_, index) => !found[index]).concat(bpftoolPath() ? [] : ['bpftool']);
  const stamp = join(systemStampDir, 'packages-foreign');
  const state = `${missing.join()} ${JSON.stringify(groups)}`;
  if (missing.length === 0 && isStamped(stamp, state)) return;
  const list = groups.map((names) => names.at(-1)).join(' ');
  if (missing.length > 0) {
    throw new Failure(
      `This is not a Debian-like system, so packages are yours to install; commands that are missing: ${missing.join(', ')}`,
      `Install your system's equivalents of these Debian packages: ${list}`,
    );
  }
  warn(`Not a Debian-like system: if something fails below, look for equivalents of ${list}`);
  writeStamp(stamp, state);
}

import type { Language, ProcessInfo } from '../../contract/index.js';

/** How an interpreter is told what to run. */
interface Interpreter {
  /** Of its executable's file name, without a version at its end. */
  readonly names: RegExp;
  /** Options that take the next argument with them. */
  readonly valued: readonly string[];
  /** Options that name, with the next argument, what is run: a module, a jar. */
  readonly runs: readonly string[];
  /** Options after which there is code and no script. */
  readonly code: readonly string[];
  /** Words before the script that are none. */
  readonly commands: readonly string[];
  /** Of a script's file name: tells one where the executable has a name of its own. */
  readonly script: RegExp;
}

const interpreters: Readonly<Partial<Record<Language | 'shell' | 'perl', Interpreter>>> = {
  python: {
    names: /^(python|pypy)$/,
    valued: ['-W', '-X'],
    runs: ['-m'],
    code: ['-c'],
    commands: [],
    script: /\.pyz?$/,
  },
  nodejs: {
    names: /^(node|nodejs)$/,
    valued: ['-r', '--require', '--import', '--loader', '--experimental-loader', '-C', '--conditions'],
    runs: [],
    code: ['-e', '--eval', '-p', '--print', '-pe'],
    commands: [],
    script: /\.[cm]?[jt]s$/,
  },
  deno: {
    names: /^deno$/,
    valued: ['-c', '--config', '--import-map', '--env-file', '--port', '--host'],
    runs: [],
    code: ['eval', 'repl'],
    commands: ['run', 'serve', 'task', 'compile', 'test'],
    script: /\.[cm]?[jt]sx?$/,
  },
  bun: {
    names: /^bun$/,
    valued: ['-r', '--preload', '--cwd', '-c', '--config'],
    runs: [],
    code: ['-e', '--eval', '-p', '--print'],
    commands: ['run', 'x', 'test'],
    script: /\.[cm]?[jt]sx?$/,
  },
  java: {
    names: /^java$/,
    valued: [
      ...['-cp', '-classpath', '--class-path', '-p', '--module-path', '--upgrade-module-path'],
      ...['--add-modules', '--add-opens', '--add-exports', '--add-reads', '--patch-module'],
    ],
    runs: ['-jar', '-m', '--module'],
    code: [],
    commands: [],
    script: /\.jar$/,
  },
  ruby: {
    names: /^(ruby|jruby|truffleruby)$/,
    valued: ['-I', '-r', '-C', '-E'],
    runs: [],
    code: ['-e'],
    commands: [],
    script: /\.(rb|ru)$/,
  },
  php: {
    names: /^php$/,
    valued: ['-d', '-c', '-S', '-t'],
    runs: ['-f'],
    code: ['-r', '-B', '-R', '-E'],
    commands: [],
    script: /\.(php|phar)$/,
  },
  dotnet: {
    names: /^dotnet$/,
    valued: ['--additionalprobingpath', '--depsfile', '--runtimeconfig', '--fx-version', '--roll-forward'],
    runs: ['--project'],
    code: [],
    commands: ['exec', 'run', 'watch', 'test'],
    script: /\.dll$/,
  },
  perl: {
    names: /^perl$/,
    valued: ['-I'],
    runs: [],
    code: ['-e', '-E'],
    commands: [],
    script: /\.(pl|psgi)$/,
  },
  shell: {
    names: /^((b|d|k|z|a)?a?sh|fish)$/,
    valued: ['-o', '-O', '--rcfile', '--init-file'],
    runs: [],
    code: ['-c', '-s'],
    commands: [],
    script: /\.sh$/,
  },
};

/** What an interpreter runs, as its command line says it. */
export interface Script {
  /** Option that names it, e.g. `-m`, `-jar`; null: it stands alone. */
  readonly option: string | null;
  /** Path, module or class, as it was written. */
  readonly text: string;
}

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `python3.11` → `python`, and that something was left out. */
export const withoutVersion = (name: string): { readonly stem: string; readonly versioned: boolean } => {
  const stem = name.replace(/[-\d.]*\d$/, '');
  return stem === '' ? { stem: name, versioned: false } : { stem, versioned: stem !== name };
};

const scriptOf = (args: readonly string[], interpreter: Interpreter): Script | null => {
  const { valued, runs, code, commands } = interpreter;
  for (let index = 1; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (code.includes(arg)) return null;
    if (runs.includes(arg)) {
      const text = args[index + 1];
      return text === undefined ? null : { option: arg, text };
    }
    if (valued.includes(arg)) index += 1;
    else if (arg === '--')
      return args[index + 1] === undefined ? null : { option: null, text: args[index + 1] ?? '' };
    else if (arg !== '' && !arg.startsWith('-') && !commands.includes(arg))
      return { option: null, text: arg };
  }
  return null;
};

/**
 * For a process whose executable is an interpreter, which says little of what runs: the script it
 * was given, null where it was given none. `undefined`: its executable says what runs.
 */
export const scriptOfProcess = ({
  executable,
  executableType,
  name,
  args,
}: Pick<ProcessInfo, 'executable' | 'executableType' | 'name' | 'args'>): Script | null | undefined => {
  const { stem } = withoutVersion(fileName(executable ?? name));
  const named = Object.values(interpreters).find(({ names }) => names.test(stem));
  if (named !== undefined) return scriptOf(args, named);
  // An interpreter under a name of its own, or a program that has one built in: a script tells.
  const known = executableType === null ? undefined : interpreters[executableType.language];
  const script = known === undefined ? null : scriptOf(args, known);
  return script !== null && known?.script.test(script.text) === true ? script : undefined;
};

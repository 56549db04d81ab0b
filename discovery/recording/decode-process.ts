import type { Container, ExecutableType, FileId } from '../../contract/index.js';
import { Language } from '../../contract/index.js';
import { addressBytes } from './address-bytes.js';
import type { Value } from './fields.js';
import type { SaidProcess, SaidSocket } from './step.js';
import { stateNumber, stateWords } from './socket-states.js';
import type { TimeReader } from './time-reader.js';

/** Of a process, wherever a step tells of one. */
export const processKeys = [
  'pid',
  'start',
  'ppid',
  'uid',
  'user',
  'name',
  'exe',
  'exe_file',
  'args',
  'args_length',
  'cgroup',
  'cgroup_id',
  'netns',
  'language',
  'unit',
  'container',
] as const;
export type ProcessKeyName = (typeof processKeys)[number];

/** Of a socket, wherever a step tells of one. */
export const socketKeys = ['proto', 'port', 'state', 'address', 'family', 'cookie', 'inode'] as const;
export type SocketKeyName = (typeof socketKeys)[number];

/** Members of an object, whatever other keys it may have. */
export interface Members<Key extends string> {
  get<Result>(key: Key, read: (value: Value) => Result): Result | undefined;
  orNull<Result>(key: Key, read: (value: Value) => Result): Result | null | undefined;
  must<Result>(key: Key, read: (value: Value) => Result): Result;
}

const MOST_PID = 4_194_304;
const MOST_U32 = 0xffff_ffff;

export const readPid = (value: Value): number => value.count(1, MOST_PID, 'a PID');

/** 0 stands for a thread of the kernel that does nobody's work. */
const readPidOrNone = (value: Value): number => value.count(0, MOST_PID, 'a PID');

const u32 = (value: Value): number => value.count(0, MOST_U32);

const texts = (value: Value): string[] => value.list('a list of texts').map((item) => item.text());

/** The kernel's mark behind the path of a file that is no more: no part of the path. */
const withoutDeleted = (path: string): string =>
  path.endsWith(' (deleted)') ? path.slice(0, -' (deleted)'.length) : path;

const readFile = (value: Value): FileId => {
  const fields = value.fields('a file', ['device', 'inode']);
  return {
    device: fields.must('device', u32),
    inode: fields.must('inode', (inode) => inode.big('an inode number')),
  };
};

const readLanguage = (value: Value): ExecutableType => {
  const named = (name: Value): Language => {
    const parsed = Language.safeParse(name.raw);
    if (!parsed.success) throw name.wrong(`one of ${Language.options.join(', ')}`);
    return parsed.data;
  };
  if (!value.isObject) return { language: named(value), version: null, reason: 'as the scenario says' };
  const fields = value.fields('a language', ['name', 'version', 'reason']);
  return {
    language: fields.must('name', named),
    version: fields.orNull('version', (version) => version.text()) ?? null,
    reason: fields.get('reason', (reason) => reason.text()) ?? 'as the scenario says',
  };
};

const readContainer = (value: Value): Container => {
  if (!value.isObject) {
    const name = value.text('a name or a container');
    return { id: name, runtime: 'unknown', name, image: null };
  }
  const text = (item: Value): string => item.text();
  const fields = value.fields('a container', ['id', 'runtime', 'name', 'image']);
  const name = fields.orNull('name', text) ?? null;
  return {
    id: fields.get('id', text) ?? name ?? '',
    runtime: fields.get('runtime', text) ?? 'unknown',
    name,
    image: fields.orNull('image', text) ?? null,
  };
};

/** `mayBeNone`: the PID may be 0. */
export const readProcess = (
  fields: Members<ProcessKeyName>,
  time: TimeReader,
  mayBeNone = false,
): SaidProcess => {
  const pid = fields.must('pid', mayBeNone ? readPidOrNone : readPid);
  const text = (value: Value): string => value.text();
  const args = fields.get('args', texts);
  const cgroupNumber = fields.get('cgroup', (value) =>
    typeof value.raw === 'number' ? value.big('a number') : undefined,
  );
  return {
    pid,
    start: fields.get('start', (value) => time.start(pid, value)),
    startAhead: undefined,
    ppid: fields.get('ppid', readPidOrNone),
    uid: fields.get('uid', u32),
    user: fields.orNull('user', text),
    name: fields.get('name', text),
    exe: fields.orNull('exe', (value) =>
      withoutDeleted(value.text('a path, or null where it cannot be read,')),
    ),
    exeFile: fields.orNull('exe_file', readFile),
    args,
    argsLength: fields.get('args_length', u32) ?? args?.reduce((sum, { length }) => sum + length + 1, 0),
    cgroupId: fields.get('cgroup_id', (value) => value.big('the number of a cgroup')) ?? cgroupNumber,
    netns: fields.get('netns', u32),
    language: fields.get('language', readLanguage),
    cgroup: cgroupNumber === undefined ? fields.orNull('cgroup', text) : undefined,
    unit: fields.orNull('unit', text),
    container: fields.orNull('container', readContainer),
  };
};

export interface SocketDefaults {
  /** The state where none is said. */
  readonly state: (transport: 'tcp' | 'udp') => number;
  readonly leastPort: number;
}

const readTransport = (value: Value): 'tcp' | 'udp' => {
  if (value.raw !== 'tcp' && value.raw !== 'udp') throw value.wrong('"tcp" or "udp"');
  return value.raw;
};

const readState = (value: Value): number => {
  const state = typeof value.raw === 'string' ? stateNumber(value.raw) : undefined;
  if (state === undefined) throw value.wrong(`one of ${stateWords.join(', ')}`);
  return state;
};

const readFamily = (value: Value): 'ipv4' | 'ipv6' => {
  if (value.raw !== 'ipv4' && value.raw !== 'ipv6') throw value.wrong('"ipv4" or "ipv6"');
  return value.raw;
};

/** `netns`, `uid` and `holders` are left to who calls: they stand elsewhere in an event. */
export const readSocket = (
  fields: Members<SocketKeyName>,
  defaults: SocketDefaults,
): Omit<SaidSocket, 'netns' | 'uid' | 'holders'> => {
  const transport = fields.get('proto', readTransport) ?? 'tcp';
  const family = fields.get('family', readFamily);
  const address = fields.get('address', (value) => {
    const read = addressBytes(value.text('an IP address'));
    if (read === null) throw value.wrong('an IP address without brackets');
    if (family !== undefined && family !== read.family) throw value.wrong(`an address of ${family}`);
    return { text: value.text(), family: read.family };
  });
  const cookie = fields.get('cookie', (value) => value.big('a socket cookie'));
  const inode = fields.get('inode', (value) => value.big('an inode number'));
  return {
    transport,
    port: fields.must('port', (value) => value.count(defaults.leastPort, 65_535, 'a port')),
    state: fields.get('state', readState) ?? defaults.state(transport),
    family: address?.family ?? family,
    address: address?.text,
    cookie: cookie === 0n ? undefined : cookie,
    inode: inode === 0n ? undefined : inode,
  };
};

import type { SelectorName } from '../../../contract/index.js';
import { count, plural } from '../../ui/text.js';
import type { MoreField } from './fields.js';

export interface FieldWords {
  /** In the menu and over the field. */
  readonly name: string;
  /** What it looks at, in a few words. */
  readonly note: string;
  readonly placeholder: string;
}

/** English of the criteria's editor, in one place. */
export const criteriaText = {
  editor: {
    include: 'Include',
    exclude: 'Exclude',
    kind: 'What it does with the processes it selects',
    excludeNote: 'What an exclusion selects is selected by no criterion, wherever it stands.',
    syntax: (field: string): string => `Kind of pattern of ${field}`,
    syntaxes: { regex: 'Regex', glob: 'Glob' },
    syntaxNotes: {
      regex: 'Regular expression (RE2), found anywhere in the text. ^ and $ tie it to the ends.',
      glob: 'Glob over the whole text: * for any run of characters, / too; ? for one; {a,b}; [!x].',
    },
    more: 'More conditions',
    moreNone: 'All conditions are set',
    remove: (field: string): string => `Remove the condition “${field}”`,
    abandoned: (name: string): string =>
      name === '' ? 'An edit was left unsaved' : `The edit of “${name}” was left unsaved`,
    goOn: 'Go on editing',
    kept: (key: string): string => `kept: ${key}`,
    keptNote: 'From the imported configuration; written out again on export, not used here.',
    keptNever: 'Kubernetes: never matches on this machine.',
  },
  card: {
    /** Before what is asked; ports speak for themselves. */
    tags: {
      open_ports: null,
      exe_path: 'exe',
      cmd_args: 'args',
      languages: 'language',
      target_pids: 'PID',
      containers_only: 'only in containers',
      container_name: 'container',
      user: 'user',
      systemd_unit: 'unit',
      network_namespace: 'netns',
      system_wide: 'every process',
      kubernetes: 'Kubernetes',
    } satisfies Record<SelectorName, string | null>,
    namespace: 'label',
    glob: 'glob',
    excludes: 'excludes',
    excluding: 'what it excludes now',
    expand: 'What it would select now',
    kept: 'kept',
    neverMatches: (key: string): string => `${key}: never matches here`,
  },
  panel: {
    menu: 'Import, export and counting',
    import: 'Import a configuration…',
    export: 'Export as configuration…',
    asBeyla: 'Count ports as Beyla does',
    asBeylaNote:
      'Any local port of any socket counts, those of client and accepted connections too. Otherwise only listening TCP and bound UDP.',
    asBeylaOn: 'Ports are counted as Beyla counts them: connections too.',
    turnOff: 'Turn off',
  },
  fields: {
    args: {
      name: 'Arguments',
      note: 'the command line after the program',
      placeholder: 'e.g. server\\.js',
    },
    languages: {
      name: 'Language',
      note: 'go, rust, cpp, java, nodejs, python, ruby, dotnet, php, deno, bun',
      placeholder: 'e.g. ^(go|rust)$',
    },
    user: { name: 'User', note: 'name or number of the user it runs as', placeholder: 'e.g. ^www-data$' },
    unit: {
      name: 'systemd unit',
      note: 'service or scope it runs in',
      placeholder: 'e.g. ^nginx\\.service$',
    },
    containerName: {
      name: 'Container name',
      note: 'as the container runtime calls it',
      placeholder: 'e.g. ^shop-',
    },
    containersOnly: {
      name: 'Only in containers',
      note: 'its network namespace is not this machine’s',
      placeholder: '',
    },
    networkNamespace: {
      name: 'Network namespace',
      note: 'this machine’s own, any other, or one by its number',
      placeholder: '4026531840',
    },
    pids: { name: 'PIDs', note: 'exactly these processes', placeholder: '4711, 4712' },
    namespace: {
      name: 'Namespace label',
      note: 'of the service, for exported configurations; selects nothing',
      placeholder: 'e.g. shop',
    },
    everything: { name: 'Every process', note: 'whatever it is', placeholder: '' },
  } satisfies Record<MoreField, FieldWords>,
  namespaces: { own: 'Own', other: 'Other', number: 'Number' },
  namespaceNumber: 'Number of the network namespace',
  notAPid: (typed: string): string => `“${typed}” is no PID; write numbers, for example 4711, 4712`,
  tooManyPids: 'At most 1,000 PIDs',
  notANamespace: 'Write the number of the namespace, as lsns shows it, for example 4026531840',

  nothingSet: 'Set open ports, an executable, or one of the further conditions',

  preview: {
    alone: 'Each condition alone selects:',
    kubernetes: 'Its Kubernetes conditions never hold on this machine.',
    whyPortsAsBeyla: 'No process has a socket with one of these local ports now.',
    whyGlob: 'A glob must match the whole text: put * where anything may stand.',
    why: {
      openPorts:
        'No process listens on these ports (or has them bound, for UDP). Connections of clients do not count.',
      executable: 'No executable’s path contains this. Paths are absolute, for example /usr/bin/node.',
      args: 'No command line contains this. The program itself is not part of it.',
      languages: 'No program in this language is known. Languages are told once a program was looked at.',
      user: 'No process runs as such a user.',
      unit: 'No process runs in such a unit.',
      containerName: 'No process runs in a container of such a name.',
      containersOnly: 'No process runs in a network namespace other than this machine’s.',
      networkNamespace: 'No process runs in this network namespace.',
      pids: 'No process has one of these PIDs now.',
      everything: 'No process is known yet.',
    },
    selects: (value: number): string =>
      value === 0 ? 'Selects no process now' : `Selects ${plural(value, 'process', 'processes')} now`,
    excludes: (value: number): string =>
      value === 0 ? 'Excludes no process now' : `Excludes ${plural(value, 'process', 'processes')} now`,
    taken: (value: number, of: number): string =>
      `${value === of ? (value === 1 ? 'It is' : 'All are') : `${count(value)} of them ${value === 1 ? 'is' : 'are'}`} taken by an earlier criterion or an exclusion`,
    more: (value: number): string => `and ${count(value)} more`,
    waiting: 'Asking…',
    away: 'The engine is away; what it selects is told when it is back',
  },
} as const;

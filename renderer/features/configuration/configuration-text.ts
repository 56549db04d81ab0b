import { count, plural } from '../../ui/text.js';

/** English of the configuration dialog, in one place. */
export const text = {
  title: 'Configuration of Beyla or OBI',
  side: 'Direction',
  sides: { import: 'Import', export: 'Export' },

  source: 'Text of the configuration',
  placeholder: [
    '# Paste a configuration of Beyla or OBI here, open a file, or drop one on this window. For example:',
    'discovery:',
    '  services:',
    '    - name: web',
    '      open_ports: 8000-8999',
    '      exe_path: node$',
  ].join('\n'),
  open: 'Open file…',
  clear: 'Clear',
  drop: 'Drop the file to read it',
  tooLarge: (file: string): string =>
    `${file} is larger than 4 MB, so it is no configuration. Choose a YAML file.`,
  notText: (file: string): string =>
    `${file} is not text in UTF-8, so it is no configuration. Choose a YAML file.`,

  reading: 'Reading…',
  away: 'The engine, which reads configurations, is away. This is read when it is back.',
  problems: (value: number): string =>
    `${plural(value, 'error')}; nothing can be imported before ${value === 1 ? 'it is' : 'they are'} mended`,
  goTo: (place: string): string => `Go to ${place}`,
  good: (value: number): string =>
    value === 0 ? 'It holds no criteria' : `It holds ${plural(value, 'criterion', 'criteria')}`,
  notes: 'Worth knowing',
  pollInterval: (interval: string): string => `It polls every ${interval}; replacing takes that over.`,
  kept: 'What is kept is written out again on export.',
  keptBehind:
    'Its sections that are not about discovery are not taken along when added behind: those of the configuration imported before stay.',
  moreCriteria: (value: number): string => `and ${count(value)} more`,

  replace: (value: number): string => `Replace all ${plural(value, 'criterion', 'criteria')}`,
  add: 'Add behind',
  import: 'Import',
  tooMany: (value: number): string =>
    `That would make ${count(value)} criteria; at most 2,000 are possible. Replace instead, or import fewer.`,
  replaced: (value: number): string =>
    `${plural(value, 'criterion', 'criteria')} imported, in place of what was there`,
  added: (value: number): string => `${plural(value, 'criterion', 'criteria')} imported`,

  form: 'Form',
  forms: {
    beyla: { label: 'Beyla', note: 'YAML: discovery.services, regular expressions' },
    obi: { label: 'OpenTelemetry (OBI)', note: 'YAML: discovery.instrument, globs' },
    env: { label: 'Environment', note: 'lines of BEYLA_OPEN_PORT=… for one criterion' },
  },
  writing: 'Writing…',
  writingAway: 'The engine, which writes configurations, is away. This is written when it is back.',
  exported: 'The criteria as configuration',
  notSaid: (value: number): string =>
    `${value === 1 ? 'One thing' : `${count(value)} things`} this form says otherwise or cannot say:`,
  empty: 'There are no criteria to export yet.',
  copy: 'Copy',
  save: 'Save…',
  saved: (path: string): string => `Saved as ${path}`,
} as const;

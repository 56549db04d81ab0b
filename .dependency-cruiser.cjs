/** The allowed imports of ARCHITECTURE.md. Anything not allowed here fails `npm run check`. */
const own = '^(contract|discovery|native|electron|renderer|cli|e2e|bench|scripts)/';

/** Modules under `from` may import, of our own code, only what matches `to` (and themselves). */
const only = (name, from, to) => ({
  name: `${name}-imports`,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.tsx?$' },
  to: { path: own, pathNot: [from, ...to] },
});

/** Packages under `from` are limited to these. */
const packages = (name, from, allowed) => ({
  name: `${name}-packages`,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.tsx?$' },
  to: { dependencyTypes: ['npm', 'npm-dev', 'core', 'npm-no-pkg', 'npm-unknown'], pathNot: allowed },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },

    only('contract', '^contract/', []),
    packages('contract', '^contract/', ['node_modules/zod/']),

    only('discovery', '^discovery/', ['^contract/']),
    packages('discovery', '^discovery/', ['node_modules/re2js/', 'node_modules/yaml/']),
    {
      name: 'discovery-stages',
      comment:
        'Stages do not know each other; pipeline.ts alone joins them. Types of a stage before may be read.',
      severity: 'error',
      from: {
        path: '^discovery/(accounter|enricher|matcher|attacher|event-log|watcher)/',
        pathNot: '\\.test\\.ts$',
      },
      to: {
        path: '^discovery/(accounter|enricher|matcher|attacher|event-log|watcher|pipeline)',
        pathNot: '^discovery/$1/',
        dependencyTypesNot: ['type-only'],
      },
    },

    only('native', '^native/', ['^contract/']),
    only('engine', '^electron/engine/', ['^contract/', '^discovery/', '^native/']),
    only('cli', '^cli/', ['^contract/', '^discovery/', '^native/']),
    only('main', '^electron/main/', ['^contract/']),
    only('preload', '^electron/preload/', ['^contract/']),
    {
      name: 'only-electron-imports-electron',
      severity: 'error',
      from: { pathNot: '^(electron|e2e|scripts)/' },
      to: { path: '^(node_modules/)?electron(/|$)' },
    },

    only('renderer', '^renderer/', ['^contract/']),
    {
      name: 'renderer-no-node',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '\\.test\\.tsx?$' },
      to: { dependencyTypes: ['core'] },
    },
    // ipc → store → model → timeline, features → app; ui imports none of them.
    only('renderer-ipc', '^renderer/ipc/', ['^contract/']),
    only('renderer-store', '^renderer/store/', ['^contract/', '^renderer/ipc/']),
    only('renderer-model', '^renderer/model/', ['^contract/', '^renderer/(ipc|store)/']),
    only('renderer-timeline', '^renderer/timeline/', ['^contract/', '^renderer/(ipc|store|model|ui)/']),
    only('renderer-features', '^renderer/features/', [
      '^contract/',
      '^renderer/(ipc|store|model|ui|timeline)/',
    ]),
    only('renderer-ui', '^renderer/ui/', []),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|build|artifacts)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.node.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};

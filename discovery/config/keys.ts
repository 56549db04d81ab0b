/**
 * The keys that Beyla (1.0 to 3) and OBI read. Those that select are understood in read.ts; what is
 * only named here is kept as it is, so that nothing is lost when a configuration is written again.
 */

/** Keys of an entry that select or name. */
export const entryKeys = [
  'name',
  'namespace',
  'open_ports',
  'exe_path',
  'exe_path_regexp',
  'cmd_args',
  'languages',
  'target_pids',
  'containers_only',
  'container_name',
] as const;

/** Keys of an entry that neither Beyla nor OBI has. */
export const ownEntryKeys = ['user', 'systemd_unit', 'network_namespace', 'system_wide', 'enabled'] as const;

/** Keys of an entry that say what becomes of its processes. */
export const keptEntryKeys = ['exports', 'sampler', 'routes', 'metrics'];

export const kubernetesKeys = [
  'k8s_namespace',
  'k8s_pod_name',
  'k8s_deployment_name',
  'k8s_replicaset_name',
  'k8s_daemonset_name',
  'k8s_statefulset_name',
  'k8s_job_name',
  'k8s_cronjob_name',
  'k8s_owner_name',
  'k8s_container_name',
  'k8s_pod_labels',
  'k8s_pod_annotations',
];

/** The lists of `discovery` that hold entries. */
export const lists = {
  services: { syntax: 'regex', exclude: false },
  instrument: { syntax: 'glob', exclude: false },
  exclude_services: { syntax: 'regex', exclude: true },
  default_exclude_services: { syntax: 'regex', exclude: true },
  exclude_instrument: { syntax: 'glob', exclude: true },
  default_exclude_instrument: { syntax: 'glob', exclude: true },
} as const;
export type ListName = keyof typeof lists;
export const isListName = (key: string): key is ListName => Object.hasOwn(lists, key);

/** Settings of `discovery` beside its lists; the text says what differs because they are not used. */
export const keptDiscoveryKeys: Readonly<Record<string, string>> = {
  bpf_pid_filter_off: '',
  default_otlp_grpc_port: '',
  disabled_route_harvesters: '',
  exclude_otel_instrumented_services: 'processes that are instrumented already are selected here too',
  exclude_otel_instrumented_services_span_metrics: '',
  excluded_linux_system_paths: 'executables below these paths are selected here too',
  min_process_age: 'a process is looked at here as soon as it exists',
  process_context_poll_interval: '',
  route_harvester_advanced: '',
  route_harvester_timeout: '',
  skip_go_specific_tracers: '',
  survey: 'what it selects is only reported by Beyla, and not selected here',
};

/** Top-level settings that select. */
export const globalKeys = [
  'discovery',
  'open_port',
  'executable_name',
  'executable_path',
  'target_pids',
  'system_wide',
  'service_name',
  'service_namespace',
] as const;

/** Top-level sections and settings that are about something else. */
const otherSections = new Set([
  'attributes',
  'channel_buffer_len',
  'channel_send_timeout',
  'channel_send_timeout_panic',
  'ebpf',
  'enforce_sys_caps',
  'filter',
  'grafana',
  'injector',
  'internal_metrics',
  'javaagent',
  'log_config',
  'log_format',
  'log_level',
  'metrics',
  'name_resolver',
  'network',
  'nodejs',
  'noop',
  'otel_metrics_export',
  'otel_traces_export',
  'print_traces',
  'processes',
  'profile_port',
  'prometheus_export',
  'routes',
  'shutdown_timeout',
  'skip_go_specific_tracers',
  'stats',
  'topology',
  'trace_printer',
]);
export const isOtherSection = (key: string): boolean => otherSections.has(key);

/** How many characters must be changed, put in or left out to make one of the other. */
const distance = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let at = 0; at < left.length; at += 1) {
    const next = [at + 1];
    for (let to = 0; to < right.length; to += 1) {
      const changed = (row[to] ?? 0) + (left[at] === right[to] ? 0 : 1);
      next.push(Math.min(changed, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

/** The known key that an unknown one was probably meant to be; null: none is near. */
export const nearest = (key: string, known: readonly string[]): string | null => {
  if (key.length > 64) return null;
  const written = key.toLowerCase().replaceAll('-', '_');
  let best: { key: string; distance: number } | null = null;
  for (const candidate of known) {
    const within = written.length >= 4 && (candidate.includes(written) || written.includes(candidate));
    const away = within ? 1 : distance(written, candidate);
    if (away <= Math.max(2, candidate.length / 3) && (best === null || away < best.distance)) {
      best = { key: candidate, distance: away };
    }
  }
  return best?.key ?? null;
};

/** ` Did you mean X?`, where one is near. */
export const suggestion = (key: string, known: readonly string[]): string => {
  const near = nearest(key, known);
  return near === null ? `; known here: ${known.join(', ')}` : `; did you mean ${near}?`;
};

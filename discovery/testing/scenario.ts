import type { BindscopeEvent, Criterion, EventName, EventOf, Selectors } from '../../contract/index.js';
import { noSelectors } from '../../contract/index.js';
import type { PipelineOptions, PipelineSettings } from '../pipeline.js';
import { Pipeline } from '../pipeline.js';
import { NETNS, ScriptedKernel } from './scripted-kernel.js';
import { VirtualTime } from './virtual-time.js';

export const criterion = (
  openPorts: string | null,
  executable: string | null = null,
  options: {
    id?: string;
    name?: string;
    enabled?: boolean;
    exclude?: boolean;
    selectors?: Partial<Selectors>;
  } = {},
): Criterion => ({
  id: (options.id ?? options.name ?? 'web') as Criterion['id'],
  name: options.name ?? 'web',
  namespace: null,
  enabled: options.enabled ?? true,
  exclude: options.exclude ?? false,
  selectors: {
    ...noSelectors,
    openPorts,
    executable: executable === null ? null : { syntax: 'regex', text: executable },
    ...options.selectors,
  },
  kept: {},
});

/** A pipeline on a scripted kernel and a virtual clock, and what it said. */
export class Scenario {
  readonly time: VirtualTime;
  readonly kernel: ScriptedKernel;
  readonly notices: string[] = [];
  readonly pipeline: Pipeline;
  settings: PipelineSettings;
  #told = 0;

  constructor(
    options: Partial<PipelineSettings> &
      Partial<Pick<PipelineOptions, 'ownPids' | 'gapSince' | 'log' | 'activity' | 'inspector'>> & {
        readonly time?: VirtualTime;
      } = {},
  ) {
    const { ownPids = [], gapSince = null, log, activity = false, inspector, time, ...settings } = options;
    this.time = time ?? new VirtualTime();
    this.kernel = new ScriptedKernel(this.time);
    this.settings = {
      criteria: [],
      pollIntervalMs: 5000,
      showOwnProcesses: false,
      countPortsAsBeyla: false,
      ...settings,
    };
    this.pipeline = new Pipeline({
      source: this.kernel,
      timers: this.time,
      settings: this.settings,
      host: { name: 'host', kernel: '6.18.0', bootId: 'boot' },
      ownPids,
      ownNetworkNamespace: NETNS,
      activity,
      userName: (uid) => (uid === 0 ? 'root' : null),
      gapSince,
      ...(log === undefined ? {} : { log }),
      ...(inspector === undefined ? {} : { inspector }),
      notice: (_level, message) => this.notices.push(message),
    });
  }

  /** Starts and lets the first poll pass. */
  async start(): Promise<void> {
    await this.pipeline.start();
    await this.time.advance(300);
  }

  /** Time passes until the next scheduled poll is in. */
  async poll(): Promise<void> {
    await this.time.advance(this.settings.pollIntervalMs ?? 0);
    await this.time.advance(300);
  }

  configure(settings: Partial<PipelineSettings>): void {
    this.settings = { ...this.settings, ...settings };
    this.pipeline.configure(this.settings);
  }

  /** Every event so far. */
  all(): BindscopeEvent[] {
    return [...this.pipeline.log.select({ kind: 'all' })];
  }

  /** Events since this was last called. */
  fresh(): BindscopeEvent[] {
    const events = this.all().filter(({ seq }) => seq > this.#told);
    this.#told = this.pipeline.log.appended;
    return events;
  }

  named<Name extends EventName>(name: Name): EventOf<Name>[] {
    return this.all().filter((event): event is EventOf<Name> => event.name === name);
  }
}

/** An event as a short text, to compare lists of them: `socket.bound 8080 pid 7 ebpf`. */
export const brief = (event: BindscopeEvent): string => {
  const endpoint = 'socket' in event ? event.socket : 'endpoint' in event ? event.endpoint : null;
  const process = 'process' in event ? event.process : null;
  return [
    event.name,
    ...(endpoint === null ? [] : [String(endpoint.port)]),
    ...(process === null ? [] : [`pid ${String(process.pid)}`]),
    ...('criterion' in event ? [event.criterion.name] : []),
    ...('reason' in event && event.name === 'match.ended' ? [event.reason] : []),
    event.source,
  ].join(' ');
};

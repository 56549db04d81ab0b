import type {
  ActivityReading,
  HelperOrigin,
  HookReport,
  KernelSource,
  KernelSourceListener,
  KernelSourceState,
} from '../contract/index.js';
import { EventDecoder } from './decode-events.js';
import { helperAddresses, hostSystem, isObstacle, systemSocket } from './helper-addresses.js';
import type { Environment, HelperAddresses, HelperSystem } from './helper-addresses.js';
import type { HelperAddress, HelperConnected, NativeAddon, NativeBatch, NativeWatcher } from './index.js';

/** Runs `task` once after `delayMs`; returns what cancels it. */
export type Schedule = (task: () => void, delayMs: number) => () => void;

export interface KernelSourceOptions {
  readonly addon: NativeAddon;
  /** Path of `bindscope-helper`; it need not exist. */
  readonly helperPath: string;
  /** Ask the user (polkit) at start when no helper is there for the asking; limited until the answer. */
  readonly askAtStart?: boolean;
  readonly queueLength?: number;
  /** Size of the ring buffer, asked for whenever a helper is started here; absent: as the helper has it. */
  readonly ringBytes?: () => number;
  readonly env?: Environment;
  readonly system?: HelperSystem;
  readonly schedule?: Schedule;
}

/** Delay before the first retry is nothing, then this, doubling up to `longestRetryMs`. */
const firstRetryMs = 250;
const longestRetryMs = 5000;
/** A helper that served for so long is steady: its end starts the delays anew. */
const steadyNs = 10_000_000_000n;

const reasons = {
  noHelper: 'No privileged helper is running.',
  ended: 'The privileged helper ended unexpectedly.',
  awaiting: 'Connecting to the privileged helper.',
} as const;

const remedies = {
  ask: 'Enable full view: the system asks for your permission.',
  retrying: 'It is tried again and again; nothing needs to be done.',
  group: 'Join the group and log in again: `sudo usermod -aG bindscope "$USER"`.',
  agent: 'Start a polkit authentication agent (desktop sessions bring one), or start Bindscope with sudo.',
  doctor: 'Run `bindscope doctor`: it names what this kernel or container refuses.',
} as const;

interface Failure {
  /** `code` of the addon's error: see `NativeWatcher.connect`. */
  readonly code: string;
  readonly message: string;
  readonly address: HelperAddress;
}

/**
 * The kernel by way of the addon. Looks for a helper without asking anybody; without one it falls
 * back to limited mode and says why. A helper that dies is looked for again with growing delays, and
 * the time without it is reported as a gap. polkit is asked only by `askForFullView` and once at
 * start if `askAtStart` is set, never by itself again.
 */
export const createKernelSource = (options: KernelSourceOptions): KernelSource =>
  new NativeKernelSource(options);

class NativeKernelSource implements KernelSource {
  readonly #options: KernelSourceOptions;
  readonly #env: Environment;
  readonly #system: HelperSystem;
  readonly #schedule: Schedule;
  readonly #watcher: NativeWatcher;
  readonly #decoder = new EventDecoder();
  #listener: KernelSourceListener | null = null;
  #state: KernelSourceState = {
    helper: 'connecting',
    hooks: [],
    reason: reasons.awaiting,
    remedy: null,
    canAskForFullView: false,
    helperPid: null,
  };
  #limited = false;
  #closed = false;
  #asked: Promise<boolean> | null = null;
  /** Boot clock of the hang-up while the helper is away. */
  #awaySince: bigint | null = null;
  #cancelRetry: (() => void) | null = null;
  #retries = 0;
  /** Counts attempts to reach a helper, so that one that was overtaken knows it. */
  #attempt = 0;
  #connectedAt = 0n;
  #watchedPorts = new Uint16Array(0);

  constructor(options: KernelSourceOptions) {
    this.#options = options;
    this.#env = options.env ?? process.env;
    this.#system = options.system ?? hostSystem((path) => options.addon.gainsPrivilege(path));
    this.#schedule =
      options.schedule ??
      ((task, delayMs) => {
        const timer = setTimeout(task, delayMs);
        return () => clearTimeout(timer);
      });
    this.#watcher = options.addon.openWatcher({
      ...(options.queueLength === undefined ? {} : { queueLength: options.queueLength }),
      onEvents: (batch) => this.#events(batch),
      onHangup: () => this.#hungUp(),
    });
  }

  async start(listener: KernelSourceListener): Promise<void> {
    this.#listener = listener;
    this.#enter({});
    const addresses = this.#addresses();
    const failure = await this.#reachSilently(addresses);
    if (failure === 'reached' || this.#closed) return;
    if (addresses.awaited && failure !== null) {
      this.#retries = 1;
      this.#keepTrying('connecting', failure);
      return;
    }
    this.#beLimited(addresses, failure);
    if (this.#options.askAtStart === true && !isObstacle(addresses.asking)) void this.askForFullView();
  }

  snapshot(): ReturnType<KernelSource['snapshot']> {
    return this.#watcher.snapshot();
  }

  caughtUp(): Promise<void> {
    return this.#watcher.caughtUp();
  }

  watchActivity(ports: ReadonlySet<number>): void {
    this.#watchedPorts = Uint16Array.from(ports);
    if (!this.#closed) this.#watcher.watchActivity(this.#watchedPorts);
  }

  readActivity(): Promise<ActivityReading | null> {
    return this.#watcher.readActivity();
  }

  askForFullView(): Promise<boolean> {
    this.#asked ??= this.#ask().finally(() => {
      this.#asked = null;
    });
    return this.#asked;
  }

  clocks(): { readonly boot: bigint; readonly wall: bigint } {
    return this.#options.addon.clocks();
  }

  close(): void {
    this.#closed = true;
    this.#listener = null;
    this.#stopRetrying();
    this.#watcher.close();
  }

  /** Asked again after every wait: `close` may have come meanwhile. */
  #isClosed(): boolean {
    return this.#closed;
  }

  #addresses(): HelperAddresses {
    const { helperPath, ringBytes } = this.#options;
    return helperAddresses(helperPath, this.#env, this.#system, ringBytes?.());
  }

  async #ask(): Promise<boolean> {
    const before = this.#state;
    if (this.#closed || before.helper === 'connected') return !this.#closed;
    this.#stopRetrying();
    const addresses = this.#addresses();
    this.#enter({ helper: 'connecting', reason: before.reason, remedy: null, canAskForFullView: false });
    let failure = await this.#reachSilently(addresses);
    if (failure !== 'reached' && !this.#isClosed() && !isObstacle(addresses.asking)) {
      failure = await this.#reach(addresses.asking, 'asked');
    }
    if (failure === 'reached' || this.#isClosed()) return failure === 'reached';
    if (before.helper === 'restarting' || addresses.awaited) {
      this.#keepTrying(before.helper === 'restarting' ? 'restarting' : 'connecting', failure);
    } else {
      this.#beLimited(addresses, failure);
    }
    return false;
  }

  /** Tries every way that asks nobody; null when there is none, else the failure most worth telling. */
  async #reachSilently(addresses: HelperAddresses): Promise<'reached' | Failure | null> {
    let first: Failure | null = null;
    for (const address of addresses.silent) {
      const outcome = await this.#reach(address, address.kind === 'connect' ? 'listening' : 'started');
      if (outcome === 'reached' || this.#closed) return outcome;
      first ??= outcome;
    }
    return first;
  }

  async #reach(address: HelperAddress, origin: HelperOrigin): Promise<'reached' | Failure> {
    this.#attempt += 1;
    const attempt = this.#attempt;
    try {
      const connected = await this.#watcher.connect(address);
      if (attempt === this.#attempt && !this.#closed) this.#connected(connected, origin);
      return 'reached';
    } catch (error) {
      const { code, message } = error as Error & { readonly code?: string };
      return { code: code ?? 'FAILED', message, address };
    }
  }

  #connected({ helperPid, hooks, ringBytes }: HelperConnected, helperOrigin: HelperOrigin): void {
    this.#stopRetrying();
    this.#limited = false;
    this.#connectedAt = this.clocks().boot;
    this.#watcher.watchActivity(this.#watchedPorts);
    this.#enter({
      helper: 'connected',
      hooks,
      reason: null,
      remedy: null,
      canAskForFullView: false,
      helperPid,
      helperOrigin,
      ringBytes,
    });
    this.#endGap();
  }

  #hungUp(): void {
    if (this.#closed) return;
    const now = this.clocks().boot;
    this.#awaySince = now;
    // One that dies soon after each start is not started in a hot loop.
    if (now - this.#connectedAt >= steadyNs) this.#retries = 0;
    const addresses = this.#addresses();
    if (addresses.silent.length > 0) {
      this.#keepTrying('restarting', null);
      return;
    }
    this.#beLimited(addresses, null, reasons.ended);
    this.#endGap();
  }

  /** Tells of the time without a helper, once it is back or limited mode stands in for good. */
  #endGap(): void {
    const from = this.#awaySince;
    this.#awaySince = null;
    if (from !== null) this.#listener?.gap({ from, to: this.clocks().boot });
  }

  /** Tries to reach a helper at once, then after growing delays, until it is there. */
  #keepTrying(helper: 'connecting' | 'restarting', failure: Failure | null): void {
    const known = helper === 'restarting' ? reasons.ended : reasons.awaiting;
    const addresses = this.#addresses();
    this.#enter({
      helper,
      ...(this.#retries > 0 ? { hooks: this.#startLimited() } : {}),
      reason: failure === null ? known : `${known} ${failure.message}`,
      remedy: this.#remedyFor(failure) ?? remedies.retrying,
      canAskForFullView: !isObstacle(addresses.asking),
      helperPid: null,
    });
    const delay = this.#retries === 0 ? 0 : Math.min(firstRetryMs * 2 ** (this.#retries - 1), longestRetryMs);
    this.#retries += 1;
    this.#cancelRetry = this.#schedule(() => {
      this.#cancelRetry = null;
      void this.#reachSilently(addresses).then((outcome) => {
        if (outcome !== 'reached' && !this.#closed && this.#asked === null) this.#keepTrying(helper, outcome);
      });
    }, delay);
  }

  #stopRetrying(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  #beLimited(addresses: HelperAddresses, failure: Failure | null, reason?: string): void {
    const { asking } = addresses;
    const canAsk = !isObstacle(asking);
    const told = failure === null ? reason : failure.message;
    this.#enter({
      helper: 'absent',
      hooks: this.#startLimited(),
      reason: told ?? (canAsk ? reasons.noHelper : asking.reason),
      remedy: this.#remedyFor(failure) ?? (canAsk ? remedies.ask : asking.remedy),
      canAskForFullView: canAsk,
      helperPid: null,
    });
  }

  #startLimited(): readonly HookReport[] {
    if (this.#limited) return this.#state.hooks;
    this.#limited = true;
    return this.#watcher.startLimited();
  }

  #remedyFor(failure: Failure | null): string | null {
    if (failure === null) return null;
    const { code, message, address } = failure;
    if (
      address.kind === 'connect' &&
      address.path === systemSocket &&
      message.includes('Permission denied')
    ) {
      return remedies.group;
    }
    if (message.includes('no authentication agent')) return remedies.agent;
    if (code === 'FAILED') return remedies.doctor;
    return null;
  }

  #enter(change: Partial<KernelSourceState>): void {
    this.#state = { ...this.#state, ...change };
    this.#listener?.state(this.#state);
  }

  #events(batch: NativeBatch): void {
    if (batch.count > 0) {
      const events = this.#decoder.decode(batch);
      if (events.length > 0) this.#listener?.events(events);
    }
    // What was kept is older than what was lost.
    for (const loss of batch.losses) this.#listener?.lost(loss);
  }
}

import type {
  ExecutableType,
  FileId,
  InspectedProcess,
  Language,
  Placement,
  ProcessInspector,
} from '../../contract/index.js';
import type { VirtualTime } from './virtual-time.js';

/** Answers as a test says, after as long as it says, and remembers as a real one does. */
export class ScriptedInspector implements ProcessInspector {
  /** Languages by the path of the executable; others are `cpp`. */
  readonly languages = new Map<string, Language>();
  /** Placements by PID; others are in the root. */
  readonly placements = new Map<number, Placement>();
  delayMs = 0;
  /** Never answers while set. */
  hangs = false;
  /** Remembers nothing while set. */
  forgetful = false;
  /** `type /bin/a` and `placement 7`, in the order they were asked for. */
  readonly asked: string[] = [];
  /** Most questions open at once so far. */
  mostAtOnce = 0;
  readonly #time: VirtualTime;
  readonly #types = new Map<string, ExecutableType>();
  readonly #places = new Map<bigint, Placement>();
  #open = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  knownExecutableType(file: FileId): ExecutableType | undefined {
    return this.#types.get(`${String(file.device)}:${String(file.inode)}`);
  }

  async executableType({ executable, executableFile }: InspectedProcess): Promise<ExecutableType> {
    await this.#answer(`type ${executable ?? '?'}`);
    const language = this.languages.get(executable ?? '') ?? 'cpp';
    const type = { language, version: null, reason: 'as the test says' };
    if (executableFile !== null && !this.forgetful) {
      this.#types.set(`${String(executableFile.device)}:${String(executableFile.inode)}`, type);
    }
    return type;
  }

  knownPlacement(cgroupId: bigint): Placement | undefined {
    return this.#places.get(cgroupId);
  }

  async placement({ pid, cgroupId }: InspectedProcess): Promise<Placement> {
    await this.#answer(`placement ${String(pid)}`);
    const placement = this.placements.get(pid) ?? { cgroup: '/', unit: null, container: null };
    if (!this.forgetful) this.#places.set(cgroupId, placement);
    return placement;
  }

  async #answer(question: string): Promise<void> {
    this.asked.push(question);
    this.#open += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#open);
    if (this.hangs) await new Promise(() => undefined);
    if (this.delayMs > 0) await new Promise<void>((resolve) => this.#time.after(this.delayMs, resolve));
    this.#open -= 1;
  }
}

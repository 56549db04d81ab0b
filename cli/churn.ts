import type { BindscopeEvent, ProcessInfo, ProcessKey } from '../contract/index.js';

/** Processes that one parent starts of one executable; the unit that is summed up. */
interface Family {
  readonly parentPid: number;
  readonly executable: string | null;
  /** Name of the parent, where it was seen; else null. */
  parentName: string | null;
  /** Beginning of the stretch that is summed up, in wall-clock nanoseconds. */
  since: bigint;
  /** Told one by one in this stretch. */
  told: number;
  /** Left out in this stretch. */
  leftOut: number;
  /** Of the left out, those that still run. */
  running: number;
}

/** What was left out, to be told in one line. */
export interface ChurnSummary {
  /** Wall-clock nanoseconds. */
  readonly time: bigint;
  readonly count: number;
  readonly running: number;
  readonly executable: string | null;
  readonly parentPid: number;
  readonly parentName: string | null;
}

export type Shown =
  | { readonly kind: 'event'; readonly event: BindscopeEvent }
  | { readonly kind: 'churn'; readonly churn: ChurnSummary };

/** Processes of one family that are told one by one in a stretch, before the rest is summed up. */
export const TOLD_ONE_BY_ONE = 3;
/** A stretch; at its end there is one line for all that was left out in it. */
export const STRETCH_NS = 10_000_000_000n;
const MOST_FAMILIES = 4096;
const MOST_HELD = 16_384;

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Whether a process that had no socket will not be heard of again: the end of a match comes after its own. */
const isOver = (events: readonly BindscopeEvent[]): boolean => {
  const count = (name: BindscopeEvent['name']): number =>
    events.filter((event) => event.name === name).length;
  return count('process.deleted') > 0 && count('match.started') <= count('match.ended');
};

const nameOf = ({ executable, name }: ProcessInfo): string =>
  executable === null ? name : baseName(executable);

/**
 * Keeps a server that starts a process for every request from filling the screen: of the processes
 * that one parent starts of one executable, a few are told one by one and the rest is summed up, as
 * long as they own no socket. One that gets a socket after all is told from its beginning. It goes by
 * the times of the events alone.
 */
export class Churn {
  readonly #families = new Map<string, Family>();
  /** Processes left out, with their events so far and their family. */
  readonly #held = new Map<ProcessKey, { readonly family: Family; readonly events: BindscopeEvent[] }>();
  /** Names of processes that may be parents, by PID. */
  readonly #names = new Map<number, string>();

  /** What is to be shown now that this event has come, in order. */
  take(event: BindscopeEvent): Shown[] {
    const shown: Shown[] = this.due(event.time);
    const process = 'process' in event ? event.process : null;
    if (process === null) return [...shown, { kind: 'event', event }];
    const held = this.#held.get(process.key);
    if (event.name === 'process.created') {
      this.#learnName(process);
      if (this.#isOneTooMany(process, event)) return shown;
    } else if (held !== undefined) {
      if (event.name.startsWith('socket.')) {
        this.#held.delete(process.key);
        held.family.leftOut -= 1;
        held.family.running -= 1;
        return [...shown, ...[...held.events, event].map((one) => ({ kind: 'event', event: one }) as const)];
      }
      held.events.push(event);
      if (event.name === 'process.deleted') held.family.running -= 1;
      if (isOver(held.events)) this.#held.delete(process.key);
      return shown;
    }
    return [...shown, { kind: 'event', event }];
  }

  /** Stretches that are over by then. */
  due(time: bigint): Shown[] {
    const shown: Shown[] = [];
    for (const [key, family] of this.#families) {
      if (time - family.since < STRETCH_NS) continue;
      if (family.leftOut > 0) shown.push(this.#summary(family, family.since + STRETCH_NS));
      this.#families.delete(key);
    }
    return shown;
  }

  /** All that was left out and not told of yet. */
  rest(): Shown[] {
    const shown: Shown[] = [];
    for (const family of this.#families.values())
      if (family.leftOut > 0) shown.push(this.#summary(family, family.since));
    this.#families.clear();
    return shown;
  }

  #isOneTooMany(process: ProcessInfo, event: BindscopeEvent): boolean {
    // Of what was there before, or has no parent that is known, nobody says that it is churn.
    if (process.parentPid === 0) return false;
    const key = `${String(process.parentPid)} ${process.executable ?? process.name}`;
    let family = this.#families.get(key);
    if (family === undefined) {
      family = {
        parentPid: process.parentPid,
        executable: process.executable,
        parentName: this.#names.get(process.parentPid) ?? null,
        since: event.time,
        told: 0,
        leftOut: 0,
        running: 0,
      };
      if (this.#families.size >= MOST_FAMILIES) return false;
      this.#families.set(key, family);
    }
    if (family.told < TOLD_ONE_BY_ONE || this.#held.size >= MOST_HELD) {
      family.told += 1;
      return false;
    }
    family.leftOut += 1;
    family.running += 1;
    this.#held.set(process.key, { family, events: [event] });
    return true;
  }

  #summary(family: Family, time: bigint): Shown {
    const { leftOut: count, running, executable, parentPid, parentName } = family;
    return { kind: 'churn', churn: { time, count, running, executable, parentPid, parentName } };
  }

  #learnName(process: ProcessInfo): void {
    this.#names.set(process.pid, nameOf(process));
    if (this.#names.size <= 65_536) return;
    const [oldest] = this.#names.keys();
    if (oldest !== undefined) this.#names.delete(oldest);
  }
}

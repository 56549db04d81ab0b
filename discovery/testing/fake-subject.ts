import type { ProcessInfo } from '../../contract/index.js';
import { processKey } from '../../contract/index.js';
import type { EventDraft } from '../event-draft.js';
import type { LocalPort } from '../local-port.js';
import { isOpenPort } from '../local-port.js';
import type { Subject } from '../matcher/matcher.js';
import { NETNS } from './scripted-kernel.js';

/** A process as the matcher sees it, everything of which may be changed. */
export class FakeSubject implements Subject {
  info: ProcessInfo;
  sockets: LocalPort[];

  /** `ports` are listening TCP. */
  constructor(
    pid: number,
    executable: string | null,
    ports: readonly number[] = [],
    info: Partial<ProcessInfo> = {},
  ) {
    const startTime = BigInt(pid) as ProcessInfo['startTime'];
    this.info = {
      key: processKey(pid, startTime),
      pid: pid as ProcessInfo['pid'],
      parentPid: 1 as ProcessInfo['parentPid'],
      startTime,
      startedAt: startTime as bigint as ProcessInfo['startedAt'],
      uid: 1000,
      userName: null,
      name: 'a',
      executable,
      executableFile: null,
      executableType: null,
      placement: null,
      args: ['a'],
      argsLength: 2,
      cgroupId: 1n,
      networkNamespace: NETNS,
      ...info,
    };
    this.sockets = [];
    this.ports = ports;
  }

  get key(): Subject['key'] {
    return this.info.key;
  }

  set ports(ports: readonly number[]) {
    this.sockets = ports.map((port) => ({ port, transport: 'tcp', state: 'listening' }));
  }

  set executable(executable: string | null) {
    this.update({ executable });
  }

  update(info: Partial<ProcessInfo>): void {
    this.info = { ...this.info, ...info };
  }

  openPorts(asBeyla: boolean): number[] {
    const counting = this.localPorts().filter((local) => asBeyla || isOpenPort(local));
    return [...new Set(counting.map(({ port }) => port))];
  }

  localPorts(): LocalPort[] {
    return [...this.sockets].sort((left, right) => left.port - right.port);
  }
}

/** What the matcher decided, as short texts to compare: `started web`. */
export const briefMatches = (drafts: readonly EventDraft[]): string[] =>
  drafts.map((draft) => {
    if (draft.name === 'match.started') return `started ${draft.criterion.name}`;
    return draft.name === 'match.ended' ? `ended ${draft.criterion.name}: ${draft.reason}` : draft.name;
  });

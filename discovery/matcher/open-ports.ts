import type { Condition } from '../../contract/index.js';
import { NO_OPEN_PORT, UNREADABLE } from '../condition-text.js';
import type { LocalPort } from '../local-port.js';
import { isOpenPort } from '../local-port.js';
import type { CompiledCondition } from './conditions.js';
import { condition } from './conditions.js';
import type { PortSet } from './port-set.js';
import type { Look } from './subject.js';

/** Most ports named in a condition. */
const MOST_NAMED = 12;

const ONLY_AS_BEYLA = 'counts only as Beyla counts ports';
const WOULD_AS_BEYLA = 'does not count; as Beyla counts ports it would';
const CLOSED_SINCE = 'has closed since; a closed port ends no match';

const name = (ports: readonly number[]): string => {
  if (ports.length === 0) return NO_OPEN_PORT;
  const named = ports.slice(0, MOST_NAMED).join(', ');
  return ports.length <= MOST_NAMED ? named : `${named} and ${String(ports.length - MOST_NAMED)} more`;
};

const seenText = ({ port, transport, state }: LocalPort): string =>
  `${String(port)}${transport === 'udp' ? '/udp' : ''} ${state}`;

/** Each local port once, those that decide before the others, not more than one can read. */
const partsOf = (look: Look, set: PortSet): Condition['parts'] => {
  const asBeyla = look.rules.countPortsAsBeyla;
  const told = new Set<string>();
  const ranked: { part: Condition['parts'][number]; rank: number }[] = [];
  for (const local of look.localPorts()) {
    const seen = seenText(local);
    if (told.has(seen)) continue;
    told.add(seen);
    const wanted = set.has(local.port);
    const counts = isOpenPort(local);
    const held = wanted && (counts || asBeyla);
    const note = counts ? null : asBeyla ? ONLY_AS_BEYLA : wanted ? WOULD_AS_BEYLA : null;
    ranked.push({ part: { seen, held, note }, rank: held ? 0 : wanted ? 1 : counts ? 2 : 3 });
  }
  // The sort is stable: within a rank they stay ascending.
  return ranked
    .sort((left, right) => left.rank - right.rank)
    .slice(0, MOST_NAMED)
    .map(({ part }) => part);
};

/** One of these ports is open. */
export const openPorts = (set: PortSet, wanted: string): CompiledCondition =>
  condition({
    selector: 'open_ports',
    wanted,
    judge: ({ ports }) => {
      for (const port of ports) if (set.has(port)) return 'held';
      return 'failed';
    },
    see: ({ ports, info }) => {
      // Who may not look at its executable may not look at its descriptors.
      if (ports.length === 0 && info.executable === null) return UNREADABLE;
      const within = ports.filter((port) => set.has(port));
      return name(within.length > 0 ? within : ports);
    },
    parts: (look) => partsOf(look, set),
  });

/** The port condition by which a process was matched, now that none of its ports is open any more. */
export const closedSince = (remembered: Condition): Condition => ({
  ...remembered,
  parts: remembered.parts.filter(({ held }) => held).map((part) => ({ ...part, note: CLOSED_SINCE })),
});

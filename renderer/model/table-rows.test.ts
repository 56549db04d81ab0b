import { describe, expect, it } from 'vitest';
import { accepts, parseFilter } from './filter.js';
import { heldByText, PortRows, ProcessRows, type PortRow } from './table-rows.js';
import { comparePorts, compareProcesses, type PortColumn } from './table-sort.js';
import { matchOf, process, row, socket, tables } from './timeline.fixtures.js';

const master = process(10, 0, 'nginx');
const workers = [process(11, 0, 'nginx'), process(12, 0, 'nginx'), process(13, 0, 'nginx')];
const node = process(20, 0, 'node');

const web = row(socket(1, 80, 'listening'), master, [master, ...workers], 5, true);
const own = row(socket(2, 8080, 'listening'), node, [node], 1, false);
const nobody = row(socket(3, 22), null, [], 3, true);
const all = tables([master, ...workers, node], [web, own, nobody], [matchOf(node, 'web')]);

const sorted = (column: PortColumn, descending = false): number[] =>
  [...new PortRows().update(all)]
    .sort(comparePorts({ column, descending }))
    .map(({ socket: { port } }) => port);

const passing = (text: string): number[] => {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return new PortRows()
    .update(all)
    .filter(({ subject }) => accepts(parsed.filter, subject))
    .map(({ socket: { port } }) => port);
};

describe('PortRows', () => {
  const byPort = new Map<number, PortRow>(new PortRows().update(all).map((one) => [one.socket.port, one]));

  it('tells binder and holders apart', () => {
    const one = byPort.get(80);
    expect(one?.process).toBe(master);
    expect(one === undefined ? '' : heldByText(one)).toBe('nginx 10, nginx 11 and 2 more');
  });

  it('does not repeat a process that alone has what it bound', () => {
    expect(byPort.get(8080)?.heldBy).toEqual([]);
  });

  it('guesses no process for a socket nobody is known to have', () => {
    expect(byPort.get(22)).toMatchObject({ process: null, heldBy: [], match: null });
  });

  it('tells whose a socket is where no process of it could be read', () => {
    const [row] = new PortRows().update(tables([], [{ ...nobody, uid: 33 }]));
    expect(row?.user).toBe('uid 33');
    expect(row?.subject.words).toContain('unknown owner, uid 33');
    expect(byPort.get(22)?.user).toBe('');
    expect(byPort.get(8080)?.user).toBe('ada');
  });

  it('finds the match of whoever has the socket', () => {
    expect(byPort.get(8080)?.match?.evaluation.criterionName).toBe('web');
  });

  it('keeps the object of a row that did not change and replaces the one that did', () => {
    const rows = new PortRows();
    const before = rows.update(all);
    const matched = tables(
      [master, ...workers, node],
      [web, own, nobody],
      [...all.matches.values(), matchOf(master, 'front')],
    );
    const after = rows.update({ ...matched, matches: new Map([...all.matches, ...matched.matches]) });
    expect(after.find((one) => one.socket.port === 22)).toBe(before.find((one) => one.socket.port === 22));
    expect(after.find((one) => one.socket.port === 80)).not.toBe(
      before.find((one) => one.socket.port === 80),
    );
  });
});

describe('sorting', () => {
  it('sorts numbers as numbers, both ways', () => {
    expect(sorted('port')).toEqual([22, 80, 8080]);
    expect(sorted('port', true)).toEqual([8080, 80, 22]);
    expect(sorted('since')).toEqual([8080, 22, 80]);
  });

  it('puts unknown values last in both directions', () => {
    expect(sorted('process').at(-1)).toBe(22);
    expect(sorted('process', true).at(-1)).toBe(22);
    expect(sorted('pid', true)).toEqual([8080, 80, 22]);
  });

  it('decides equal rows by port, so that they never swap', () => {
    expect(sorted('protocol')).toEqual([22, 80, 8080]);
    expect(sorted('protocol', true)).toEqual([22, 80, 8080]);
  });
});

describe('filtering', () => {
  it('finds by ports, process, address, user and criterion; all must hold', () => {
    expect(passing('80, 8000-8999')).toEqual([80, 8080]);
    expect(passing('nginx')).toEqual([80]);
    expect(passing('ada')).toEqual([80, 8080]);
    expect(passing('web')).toEqual([8080]);
    expect(passing('nginx 8080')).toEqual([]);
  });

  it('finds a socket by any of its holders', () => {
    expect(passing('13')).toEqual([80]);
  });
});

describe('ProcessRows', () => {
  it('has whoever holds a socket, with each port once, and whoever is matched', () => {
    const idle = process(30, 0, 'idle');
    const twice = row(socket(4, 80, 'listening'), master, [master], 5, true);
    const rows = new ProcessRows().update(
      tables([master, node, idle, process(99)], [twice, own, web], [matchOf(idle, 'x')]),
    );
    expect(
      [...rows]
        .sort(compareProcesses({ column: 'process', descending: false }))
        .map(({ process: { name }, ports }) => [name, ports]),
    ).toEqual([
      ['idle', []],
      ['nginx', [80]],
      ['node', [8080]],
    ]);
  });
});

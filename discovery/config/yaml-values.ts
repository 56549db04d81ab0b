import type { Node } from 'yaml';
import { isMap, isScalar, isSeq } from 'yaml';
import type { ConfigurationProblem, Selectors, TextPattern } from '../../contract/index.js';
import { durationOfNumber, parseDuration } from './duration.js';
import { cut, LONGEST_NAME } from './names.js';
import type { Given, Place } from './place.js';
import { problemAt } from './place.js';
import type { Fault } from './values.js';
import {
  fitsSomeLanguage,
  parsePids,
  patternFault,
  pidCountFault,
  pidFault,
  portsFault,
  VARIABLE,
} from './values.js';
import type { SourceText, YamlSource } from './yaml-source.js';

const trueWords = new Set(['true', 'yes', 'on', 'y']);
const falseWords = new Set(['false', 'no', 'off', 'n']);

export const isNothing = (node: Node | null): node is null =>
  node === null || (isScalar(node) && node.value === null && node.type === 'PLAIN');

export const kindOf = (node: Node): string => {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node)) return 'nothing';
  switch (typeof node.value) {
    case 'bigint':
    case 'number':
      return 'a number';
    case 'boolean':
      return node.value ? 'true' : 'false';
    default:
      return 'a text';
  }
};

/** Reads the values of one source; what is wrong with them is collected. */
export class Values {
  readonly source: YamlSource;
  readonly problems: ConfigurationProblem[] = [];
  readonly notes: ConfigurationProblem[] = [];

  constructor(source: YamlSource) {
    this.source = source;
  }

  problem(place: Place, message: string): null {
    this.problems.push(problemAt(place, message));
    return null;
  }

  note(place: Place, message: string): void {
    this.notes.push(problemAt(place, message));
  }

  /** Numbers and words such as `yes` are texts too, as they are written. */
  text(node: Node, path: string, wanted: string): SourceText | null {
    if (isScalar(node)) return this.source.text(node);
    return this.problem(this.source.placeOf(node), `${path}: expected ${wanted}, found ${kindOf(node)}`);
  }

  fault(text: SourceText, path: string, { message, position }: Fault): null {
    const variable = VARIABLE.exec(text.text);
    const hint = variable === null ? '' : `; ${variable[0]} is not replaced here: write its value`;
    return this.problem(text.place(position ?? 0), `${path}: ${message}${hint}`);
  }

  ports(node: Node, path: string): Given<string> | null {
    if (isSeq(node)) return this.#portList(node.items as Node[], path, this.source.placeOf(node));
    const text = this.text(node, path, 'ports such as 80,8000-8999');
    if (text === null) return null;
    const fault = portsFault(text.text);
    if (fault !== null) return this.fault(text, path, fault);
    return { value: text.text, place: text.place(0) };
  }

  #portList(items: readonly Node[], path: string, place: Place): Given<string> | null {
    const ports: string[] = [];
    const before = this.problems.length;
    for (const item of items) {
      const node = this.source.resolve(item);
      const text = this.text(node, path, 'a port');
      if (text === null) continue;
      const fault = /^\d+$/.test(text.text)
        ? portsFault(text.text)
        : { message: 'a list holds single ports; for ranges write a text such as 80,8000-8999', position: 0 };
      if (fault === null) ports.push(text.text);
      else this.fault(text, path, fault);
    }
    if (this.problems.length > before || ports.length === 0) return null;
    return { value: ports.join(','), place };
  }

  /** An empty pattern is one that is not set, as in Beyla. */
  pattern(node: Node, path: string, syntax: TextPattern['syntax']): Given<TextPattern> | null {
    const text = this.text(node, path, syntax === 'regex' ? 'a regular expression' : 'a glob');
    if (text === null) return null;
    const place = text.place(0);
    if (text.text === '') {
      this.note(place, `${path}: empty, so not asked for`);
      return null;
    }
    const pattern: TextPattern = { syntax, text: text.text };
    const fault = patternFault(pattern);
    if (fault !== null) return this.fault(text, path, fault);
    const variable = VARIABLE.exec(text.text);
    if (variable !== null) {
      this.note(
        text.place(variable.index),
        `${path}: ${variable[0]} is not replaced by a variable here; write its value`,
      );
    }
    return { value: pattern, place };
  }

  languages(node: Node, path: string, syntax: TextPattern['syntax']): Given<TextPattern> | null {
    const given = this.pattern(node, path, syntax);
    if (given !== null && !fitsSomeLanguage(given.value)) {
      this.note(given.place, `${path}: no language has such a name; they are go, java, nodejs, python, …`);
    }
    return given;
  }

  boolean(node: Node, path: string): Given<boolean> | null {
    const place = this.source.placeOf(node);
    if (isScalar(node)) {
      const word = this.source.text(node).text.toLowerCase();
      if (trueWords.has(word)) return { value: true, place };
      if (falseWords.has(word)) return { value: false, place };
    }
    return this.problem(place, `${path}: expected true or false, found ${kindOf(node)}`);
  }

  /** A list of PIDs. `alone`: also one by itself, or a text such as `12,100-110`. */
  pids(node: Node, path: string, alone: boolean): Given<number[]> | null {
    const place = this.source.placeOf(node);
    if (isScalar(node) && alone) {
      const text = this.source.text(node);
      const pids = parsePids(text.text);
      return Array.isArray(pids) ? { value: pids, place } : this.fault(text, path, pids);
    }
    if (!isSeq(node)) {
      return this.problem(
        place,
        `${path}: expected a list of PIDs, found ${kindOf(node)}; write for example [1234, 5678]`,
      );
    }
    const count = pidCountFault(node.items.length);
    if (count !== null) return this.problem(place, `${path}: ${count}`);
    const pids: number[] = [];
    const before = this.problems.length;
    for (const item of node.items as Node[]) {
      const one = this.source.resolve(item);
      const text = isScalar(one) ? this.source.text(one).text : null;
      const isPid =
        text !== null && isScalar(one) && typeof one.value === 'bigint' && /^\d{1,15}$/.test(text);
      const fault = isPid ? pidFault(Number(text)) : `expected a PID, found ${kindOf(one)}`;
      if (fault === null) pids.push(Number(text));
      else this.problem(this.source.placeOf(one), `${path}: ${fault}`);
    }
    return this.problems.length > before || pids.length === 0 ? null : { value: pids, place };
  }

  networkNamespace(node: Node, path: string): Selectors['networkNamespace'] {
    const text = isScalar(node) ? this.source.text(node).text : '';
    if (text === 'own' || text === 'other') return text;
    const inode = /^\d{1,15}$/.test(text) ? Number(text) : 0;
    if (inode > 0) return inode;
    return this.problem(
      this.source.placeOf(node),
      `${path}: expected own, other or the number that "readlink /proc/PID/ns/net" shows`,
    );
  }

  duration(node: Node, path: string): Given<number> | null {
    const text = this.text(node, path, 'a duration such as 5s');
    if (text === null) return null;
    const isNumber = isScalar(node) && (typeof node.value === 'bigint' || typeof node.value === 'number');
    const ms = isNumber ? durationOfNumber(Number(node.value)) : parseDuration(text.text);
    if (typeof ms !== 'number') return this.fault(text, path, ms);
    if (isNumber && ms > 0 && ms < 1) {
      this.note(
        text.place(0),
        `${path}: a number without a unit is one of nanoseconds; write ${text.text}s for seconds`,
      );
    }
    return { value: ms, place: text.place(0) };
  }

  /** Shortened where it is too long; null: not given. */
  label(node: Node, path: string, most: number): string | null {
    const text = this.text(node, path, 'a text');
    if (text === null || text.text === '') return null;
    if (text.text.length > most) this.note(text.place(0), `${path}: cut after ${String(most)} characters`);
    return cut(text.text, most);
  }

  /** A label without the white space around it. */
  name(node: Node, path: string): string | null {
    const name = this.label(node, path, LONGEST_NAME)?.trim() ?? '';
    return name === '' ? null : name;
  }
}

import type { Node } from 'yaml';
import { Document, isMap, isScalar, isSeq, Pair, parseDocument, Scalar, visit, YAMLMap, YAMLSeq } from 'yaml';
import type { Json } from '../../contract/index.js';
import type { YamlSource } from './yaml-source.js';

/** Stands at everything that is carried through a configuration without being used. */
export const KEPT = ' kept: not used by Bindscope';

const withComments = <T extends Node>(copy: T, from: Node): T => {
  copy.comment = from.comment ?? null;
  copy.commentBefore = from.commentBefore ?? null;
  copy.spaceBefore = from.spaceBefore ?? false;
  if (from.tag !== undefined && !from.tag.startsWith('tag:yaml.org,2002:')) copy.tag = from.tag;
  return copy;
};

/** A node with what its aliases stand for in their place, so that it can be written elsewhere. */
export const copyOf = (source: YamlSource, given: Node): Node => {
  const node = source.resolve(given);
  if (isMap(node)) {
    const copy = new YAMLMap<Node, Node | null>();
    if (node.flow === true) copy.flow = true;
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      copy.items.push(new Pair(copyOf(source, key), value === null ? null : copyOf(source, value)));
    }
    return withComments(copy, node);
  }
  if (isSeq(node)) {
    const copy = new YAMLSeq<Node>();
    if (node.flow === true) copy.flow = true;
    for (const item of node.items as Node[]) copy.items.push(copyOf(source, item));
    return withComments(copy, node);
  }
  if (!isScalar(node)) return new Scalar(null);
  const copy = new Scalar(node.value);
  if (node.type !== undefined) copy.type = node.type;
  if (node.format !== undefined) copy.format = node.format;
  if (node.minFractionDigits !== undefined) copy.minFractionDigits = node.minFractionDigits;
  if (node.source !== undefined) copy.source = node.source;
  return withComments(copy, node);
};

/** A node as plain data. Numbers that JSON cannot hold become their text. */
export const jsonOf = (source: YamlSource, given: Node | null): Json => {
  const node = given === null ? null : source.resolve(given);
  if (isMap(node)) {
    return Object.fromEntries(source.entries(node).map(({ key, value }) => [key, jsonOf(source, value)]));
  }
  if (isSeq(node)) return (node.items as Node[]).map((item) => jsonOf(source, item));
  if (!isScalar(node)) return null;
  const { value } = node;
  if (typeof value === 'bigint') {
    const number = Number(value);
    return String(number) === String(value) ? number : String(value);
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : source.text(node).text;
  return typeof value === 'boolean' || value === null ? value : source.text(node).text;
};

/** Settings that are carried through: top-level ones, and those of `discovery`. */
export class KeptSettings {
  readonly #top: Pair<Node, Node | null>[] = [];
  readonly #discovery: Pair<Node, Node | null>[] = [];

  /** `value` null: the key stands alone. */
  add(where: 'top' | 'discovery', source: YamlSource, key: Node, value: Node | null): void {
    const pair = new Pair(copyOf(source, key), value === null ? null : copyOf(source, value));
    (where === 'top' ? this.#top : this.#discovery).push(pair);
  }

  /** That a list was given, though its entries went elsewhere. */
  addEmptyList(source: YamlSource, key: Node): void {
    const list = new YAMLSeq<Node>();
    list.flow = true;
    this.#discovery.push(new Pair(copyOf(source, key), list));
  }

  /** As YAML; null: nothing was kept. */
  text(): string | null {
    const map = new YAMLMap<Node, Node | null>();
    map.items.push(...this.#top);
    if (this.#discovery.length > 0) {
      const discovery = new YAMLMap<Node, Node | null>();
      discovery.items.push(...this.#discovery);
      map.items.push(new Pair(new Scalar('discovery'), discovery));
    }
    if (map.items.length === 0) return null;
    withoutMarks(map);
    const document = new Document(null);
    document.contents = map;
    return document.toString({ lineWidth: 0 });
  }
}

const MARKED = new RegExp(`^${KEPT}$\\n?`, 'gm');

/** Takes our own mark out again, or it would be written once more each time. */
const withoutMarks = (root: Node): void => {
  const clean = (text: string | null | undefined): string | null =>
    text === undefined || text === null ? null : text.replace(MARKED, '').replace(/\n$/, '') || null;
  visit(root, {
    Node: (_, node) => {
      node.comment = clean(node.comment);
      node.commentBefore = clean(node.commentBefore);
    },
  });
};

/** What was kept, to be written again: its top-level pairs, and those of `discovery`. */
export const keptPairs = (
  text: string | null,
): { top: Pair<Node, Node | null>[]; discovery: Pair<Node, Node | null>[] } => {
  const contents =
    text === null ? null : parseDocument(text, { uniqueKeys: false, intAsBigInt: true }).contents;
  const top = isMap(contents) ? (contents.items as Pair<Node, Node | null>[]) : [];
  const isDiscovery = ({ key }: Pair<Node, Node | null>): boolean =>
    isScalar(key) && key.value === 'discovery';
  const discovery = top.find(isDiscovery)?.value;
  return {
    top: top.filter((pair) => !isDiscovery(pair)),
    discovery: isMap(discovery) ? (discovery.items as Pair<Node, Node | null>[]) : [],
  };
};

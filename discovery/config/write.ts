import type { Node } from 'yaml';
import { Document, isCollection, isScalar, isSeq, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { ConfigurationForm, Criterion, Selectors } from '../../contract/index.js';
import { noSelectors } from '../../contract/index.js';
import { formatDuration } from './duration.js';
import { KEPT, keptPairs } from './kept.js';
import type { ListName } from './keys.js';
import { isListName } from './keys.js';
import { nameOf } from './names.js';
import { translated } from './translate-pattern.js';
import type { Written } from './write-environment.js';
import { writeEnvironment } from './write-environment.js';

export type { Written } from './write-environment.js';

type YamlForm = Exclude<ConfigurationForm, 'env'>;

/** Stands at keys that Beyla and OBI do not have. */
const OWN = ' Bindscope only';

const forms = {
  beyla: { product: 'Beyla', syntax: 'regex', include: 'services', exclude: 'exclude_services' },
  obi: { product: 'OBI', syntax: 'glob', include: 'instrument', exclude: 'exclude_instrument' },
} as const satisfies Record<YamlForm, unknown>;

/**
 * Criteria in a form that Beyla or OBI reads, and {@link readConfiguration} again: what was read
 * comes back, criteria that the form can say as they were. `kept`: of a configuration that was read.
 * `pollIntervalMs` null: not to be said.
 */
export const writeConfiguration = (
  criteria: readonly Criterion[],
  kept: string | null,
  form: ConfigurationForm,
  pollIntervalMs: number | null = null,
): Written =>
  form === 'env'
    ? writeEnvironment(criteria, kept, pollIntervalMs)
    : new YamlWriter(form).write(criteria, kept, pollIntervalMs);

type YamlPair = Pair<Node, Node | null>;

const patternKeys = {
  executable: 'exe_path',
  args: 'cmd_args',
  languages: 'languages',
  containerName: 'container_name',
  user: 'user',
  unit: 'systemd_unit',
} as const;

const words = { regex: 'regular expression', glob: 'glob' } as const;

const isOwnKey = (key: string): boolean => key === 'user' || key === 'systemd_unit';

class YamlWriter {
  readonly #form: YamlForm;
  readonly #notes: string[] = [];
  readonly #ownKeys = new Set<string>();
  /** What must not be read again, below everything else. */
  readonly #comments: string[] = [];

  constructor(form: YamlForm) {
    this.#form = form;
  }

  write(criteria: readonly Criterion[], kept: string | null, pollIntervalMs: number | null): Written {
    const form = forms[this.#form];
    const { top, discovery: keptDiscovery } = keptPairs(kept);
    const discovery = new YAMLMap<Node, Node | null>();
    const put = (key: string, value: Node): void => {
      discovery.items.push(new Pair<Node, Node | null>(new Scalar(key), value));
    };
    const inclusions = criteria.filter(({ exclude }) => !exclude);
    const exclusions = criteria.filter(({ exclude }) => exclude);
    const namedAbove = top.some(({ key }) => isScalar(key) && String(key.value).startsWith('service_name'));

    if (pollIntervalMs !== null) put('poll_interval', new Scalar(formatDuration(pollIntervalMs)));
    let included = 0;
    const [only] = inclusions;
    if (only !== undefined && inclusions.length === 1 && !namedAbove && isPlainEverything(only)) {
      put('system_wide', this.#form === 'obi' ? this.#own('system_wide', true) : new Scalar(true));
    } else {
      const list = this.#list(form.include, inclusions);
      included = list.items.length;
      if (included > 0) put(form.include, list);
    }
    const excluded = this.#list(form.exclude, exclusions);
    if (excluded.items.length > 0) put(form.exclude, excluded);
    discovery.items.push(...this.#keptOfDiscovery(keptDiscovery, included > 0));

    const root = new YAMLMap<Node, Node | null>();
    if (discovery.items.length > 0) {
      root.items.push(new Pair<Node, Node | null>(new Scalar('discovery'), discovery));
    }
    for (const pair of top) root.items.push(marked(pair));
    return { text: this.#text(root), notes: this.#allNotes() };
  }

  #allNotes(): string[] {
    if (this.#ownKeys.size === 0) return this.#notes;
    const { product } = forms[this.#form];
    const keys = [...this.#ownKeys].join(', ');
    return [
      ...this.#notes,
      `${product} refuses the keys marked "# Bindscope only" (${keys}); take these lines out before it reads the file.`,
    ];
  }

  #text(root: YAMLMap): string {
    const comment = this.#comments.length === 0 ? '' : commented(this.#comments.join('\n'));
    if (root.items.length === 0) return comment;
    return print(root) + (comment === '' ? '' : `\n${comment}`);
  }

  #list(list: ListName, criteria: readonly Criterion[]): YAMLSeq<Node> {
    const entries = new YAMLSeq<Node>();
    for (const criterion of criteria) {
      const selectors = this.#sayable(criterion);
      if (selectors === null) this.#leaveOut(criterion);
      else entries.items.push(this.#entry(criterion, selectors, `${list}[${String(entries.items.length)}]`));
    }
    return entries;
  }

  /** The selectors in the syntax of the form; null where it has none for one of them. */
  #sayable({ name, selectors }: Criterion): Selectors | null {
    const { product, syntax, include } = forms[this.#form];
    const said: Selectors = { ...selectors };
    for (const [selector, key] of Object.entries(patternKeys) as [keyof typeof patternKeys, string][]) {
      const pattern = selectors[selector];
      if (pattern === null) continue;
      const other = translated(pattern, syntax);
      const what = `"${name}": ${key}: the ${words[pattern.syntax]} ${pattern.text}`;
      if (other === null) {
        const why = pattern.syntax === syntax ? 'is not valid' : `cannot be said as a ${words[syntax]}`;
        this.#notes.push(`${what} ${why}; the criterion is left out.`);
        return null;
      }
      if (pattern.syntax !== syntax) {
        this.#notes.push(
          `${what} is written as the ${words[syntax]} ${other.text}, for ${product}'s ${include}.`,
        );
      }
      said[selector] = other;
    }
    return said;
  }

  #leaveOut(criterion: Criterion): void {
    const entry = new YAMLSeq<Node>();
    const own = [...this.#ownKeys];
    entry.items.push(this.#entry(criterion, criterion.selectors, ''));
    this.#ownKeys.clear();
    for (const key of own) this.#ownKeys.add(key);
    const kind = criterion.exclude ? 'exclusion' : 'criterion';
    this.#comments.push(`Left out, for this form cannot say it (${kind}):`, print(entry).trimEnd());
  }

  /** `fallback`: the name that reading would give it. */
  #entry(criterion: Criterion, selectors: Selectors, fallback: string): YAMLMap<Node, Node | null> {
    const map = new YAMLMap<Node, Node | null>();
    const put = (key: string, value: Node): void => {
      map.items.push(new Pair<Node, Node | null>(new Scalar(key), value));
    };
    const { name, namespace, enabled, kept } = criterion;
    if (name !== nameOf(selectors, fallback) && name !== nameOf(criterion.selectors, fallback)) {
      put('name', new Scalar(name));
    }
    if (namespace !== null) put('namespace', new Scalar(namespace));
    const { openPorts, pids, networkNamespace } = selectors;
    if (openPorts !== null) {
      put('open_ports', new Scalar(/^[1-9]\d{0,4}$/.test(openPorts) ? Number(openPorts) : openPorts));
    }
    for (const [selector, key] of Object.entries(patternKeys) as [keyof typeof patternKeys, string][]) {
      const pattern = selectors[selector];
      if (pattern !== null) put(key, isOwnKey(key) ? this.#own(key, pattern.text) : new Scalar(pattern.text));
    }
    if (pids !== null) {
      const list = new YAMLSeq<Node>();
      list.flow = true;
      list.items.push(...pids.map((pid) => new Scalar(pid)));
      put('target_pids', list);
    }
    if (selectors.containersOnly) put('containers_only', new Scalar(true));
    if (networkNamespace !== null) put('network_namespace', this.#own('network_namespace', networkNamespace));
    if (selectors.everything) put('system_wide', this.#own('system_wide', true));
    if (!enabled) put('enabled', this.#own('enabled', false));
    for (const [key, value] of Object.entries(kept)) {
      if (key === 'exe_path_regexp' && (this.#form === 'obi' || selectors.executable === null)) {
        this.#notes.push(`"${name}": exe_path_regexp has no meaning here and is left out.`);
        continue;
      }
      const node = new Document(null).createNode(value) as Node;
      map.items.push(marked(new Pair<Node, Node | null>(new Scalar(key), node)));
    }
    return map;
  }

  #own(key: string, value: string | number | boolean): Scalar {
    this.#ownKeys.add(key);
    const scalar = new Scalar(value);
    scalar.comment = OWN;
    return scalar;
  }

  /** `included`: the form's list of inclusions is there, and OBI ignores the lists of the older form. */
  #keptOfDiscovery(pairs: readonly YamlPair[], included: boolean): YamlPair[] {
    const written: YamlPair[] = [];
    let defaults = false;
    for (const pair of pairs) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      if (!isListName(key)) {
        written.push(marked(pair));
      } else if (isSeq(pair.value) && pair.value.items.length === 0) {
        // No built-in exclusions: those that were given stand among the others.
        if (defaults) continue;
        defaults = true;
        written.push(
          new Pair<Node, Node | null>(new Scalar(`default_${forms[this.#form].exclude}`), pair.value),
        );
      } else if (this.#form === 'obi' && included) {
        written.push(marked(pair));
      } else {
        const map = new YAMLMap<Node, Node | null>();
        map.items.push(pair);
        this.#comments.push('Was ignored, for instrument was set:', print(map).trimEnd());
        this.#notes.push(
          `discovery.${key} was ignored beside discovery.instrument; it is written as a comment.`,
        );
      }
    }
    return written;
  }
}

/** What `system_wide: true` alone is read as. */
const isPlainEverything = ({ name, namespace, enabled, selectors, kept }: Criterion): boolean =>
  selectors.everything &&
  enabled &&
  namespace === null &&
  Object.keys(kept).length === 0 &&
  name === nameOf(selectors, '') &&
  Object.entries(selectors).every(
    ([key, value]) => key === 'everything' || value === noSelectors[key as keyof Selectors],
  );

const marked = ({ key, value }: YamlPair): YamlPair => {
  if (isScalar(value) && !value.comment) value.comment = KEPT;
  else if (isCollection(value) || value === null || isScalar(value)) {
    key.commentBefore = [key.commentBefore, KEPT].filter((text) => text).join('\n');
  }
  return new Pair<Node, Node | null>(key, value);
};

const print = (contents: Node): string => {
  const document = new Document<Node, false>(null);
  document.contents = contents;
  return document.toString({ lineWidth: 0, singleQuote: true, blockQuote: false });
};

const commented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `#${line === '' ? '' : ` ${line}`}\n`)
    .join('');

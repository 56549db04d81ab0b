import { create } from 'zustand';
import type { Criterion, CriterionId, CriterionProblem, Settings } from '../../contract/index.js';
import { errorWords } from '../ipc/error-words.js';
import { windowApi } from '../ipc/window-api.js';
import { useSettings } from './settings.js';

/** Looks to tell criteria apart by: a hue of tokens.css and a shape, both by this number. */
export const HUES = 8;
const HISTORY = 100;

type List = readonly Criterion[];

/** Settings that an imported configuration brings along with its criteria. */
export type Besides = Pick<Settings, 'keptConfiguration' | 'pollIntervalMs'>;

/** The criteria before or after an edit. */
interface Version {
  readonly list: List;
  /** The settings of that time where the edit changed them too; null where it did not. */
  readonly besides: Besides | null;
}

export interface CriteriaState {
  /** In order of precedence, with every edit the user made, saved or being saved. */
  readonly list: List;
  /** What the engine goes by; it lags behind `list`, and keeps the old version of a bad one. */
  readonly inForce: List;
  readonly problems: readonly CriterionProblem[];
  /** Stable for as long as the window lives, whatever the order. */
  readonly hues: ReadonlyMap<CriterionId, number>;
  readonly past: readonly Version[];
  readonly future: readonly Version[];
  /** Why the last edit could not be saved; `list` is back to what is saved. */
  readonly saveError: string | null;

  /** From settings: at start, or changed elsewhere. No edit of the user, so nothing to undo. */
  readonly load: (list: List) => void;
  readonly engineSays: (inForce: List, problems: readonly CriterionProblem[]) => void;
  readonly add: (criterion: Criterion) => void;
  readonly replace: (criterion: Criterion) => void;
  readonly remove: (id: CriterionId) => void;
  readonly duplicate: (id: CriterionId) => void;
  /** Puts a removed one back at its place; nothing happens where it is there. */
  readonly restore: (criterion: Criterion, at: number) => void;
  /** Puts a whole list in place of what is there, with the settings that belong to it; one edit to undo. */
  readonly putAll: (list: List, besides: Besides | null) => void;
  /** Moves one to a place in the list. */
  readonly move: (id: CriterionId, to: number) => void;
  readonly undo: () => void;
  readonly redo: () => void;
}

export const newCriterionId = (): CriterionId => crypto.randomUUID() as CriterionId;

/** Gives each new criterion the hue that fewest others wear; those that have one keep it. */
const withHues = (hues: ReadonlyMap<CriterionId, number>, list: List): ReadonlyMap<CriterionId, number> => {
  if (list.every(({ id }) => hues.has(id))) return hues;
  const next = new Map(hues);
  const worn = new Array<number>(HUES).fill(0);
  for (const { id } of list) {
    const hue = next.get(id);
    if (hue !== undefined) worn[hue] = (worn[hue] ?? 0) + 1;
  }
  for (const { id } of list) {
    if (next.has(id)) continue;
    const hue = worn.indexOf(Math.min(...worn));
    worn[hue] = (worn[hue] ?? 0) + 1;
    next.set(id, hue);
  }
  return next;
};

const sameList = (a: List, b: List): boolean => JSON.stringify(a) === JSON.stringify(b);

const copyName = (name: string, list: List): string => {
  const names = new Set(list.map((criterion) => criterion.name));
  for (let count = 2; ; count += 1) {
    const candidate = `${name.replace(/ \d+$/, '').slice(0, 76)} ${String(count)}`;
    if (!names.has(candidate)) return candidate;
  }
};

export const useCriteria = create<CriteriaState>()((set, get) => {
  /** What main confirmed last. */
  let saved: List = [];
  let saves: Promise<void> = Promise.resolve();

  const save = ({ list, besides }: Version): void => {
    // One after the other, so that the last edit is the one that stays.
    saves = saves.then(async () => {
      try {
        saved = (await windowApi().invoke('settings:update', { criteria: [...list], ...besides })).criteria;
        set({ saveError: null });
      } catch (error) {
        set(({ hues }) => ({
          list: saved,
          hues: withHues(hues, saved),
          past: [],
          future: [],
          saveError: errorWords(error),
        }));
      }
    });
  };

  const show = (version: Version, past: readonly Version[], future: readonly Version[]): void => {
    const { list } = version;
    set(({ hues }) => ({ list, past, future, hues: withHues(hues, list) }));
    save(version);
  };

  /** What is there now, as what one can go back to from a change of `besides`. */
  const present = (besides: Besides | null): Version => {
    const { settings } = useSettings.getState();
    return {
      list: get().list,
      besides:
        besides === null || settings === null
          ? null
          : { keptConfiguration: settings.keptConfiguration, pollIntervalMs: settings.pollIntervalMs },
    };
  };

  const edit = (list: List, besides: Besides | null = null): void => {
    const { list: before, past } = get();
    if (besides === null && sameList(before, list)) return;
    show({ list, besides }, [...past.slice(1 - HISTORY), present(besides)], []);
  };

  return {
    list: [],
    inForce: [],
    problems: [],
    hues: new Map(),
    past: [],
    future: [],
    saveError: null,
    load: (list) => {
      saved = list;
      if (sameList(list, get().list)) return;
      set(({ hues }) => ({ list, hues: withHues(hues, list), past: [], future: [] }));
    },
    engineSays: (inForce, problems) => set({ inForce, problems }),
    add: (criterion) => edit([...get().list, criterion]),
    replace: (criterion) =>
      edit(get().list.map((present) => (present.id === criterion.id ? criterion : present))),
    remove: (id) => edit(get().list.filter((criterion) => criterion.id !== id)),
    restore: (criterion, at) => {
      const { list } = get();
      if (list.some(({ id }) => id === criterion.id)) return;
      edit([...list.slice(0, at), criterion, ...list.slice(at)]);
    },
    duplicate: (id) => {
      const { list } = get();
      edit(
        list.flatMap((criterion) =>
          criterion.id === id
            ? [criterion, { ...criterion, id: newCriterionId(), name: copyName(criterion.name, list) }]
            : [criterion],
        ),
      );
    },
    putAll: (list, besides) => edit(list, besides),
    move: (id, to) => {
      const { list } = get();
      const moved = list.find((criterion) => criterion.id === id);
      if (moved === undefined) return;
      const rest = list.filter((criterion) => criterion !== moved);
      edit([...rest.slice(0, to), moved, ...rest.slice(to)]);
    },
    undo: () => {
      const { past, future } = get();
      const before = past.at(-1);
      if (before !== undefined) show(before, past.slice(0, -1), [present(before.besides), ...future]);
    },
    redo: () => {
      const { past, future } = get();
      const [after, ...rest] = future;
      if (after !== undefined) show(after, [...past, present(after.besides)], rest);
    },
  };
});

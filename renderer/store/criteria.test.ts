// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest';
import { Criteria } from '../../contract/index.js';
import { fakeWindowApi, install, type FakeWindowApi } from '../testing/fake-window-api.js';
import { criterion, settings } from '../testing/fixtures.js';
import { HUES, useCriteria } from './criteria.js';
import { useSettings } from './settings.js';

const [a, b, c] = [criterion('a'), criterion('b'), criterion('c')];
const ids = (): string[] => useCriteria.getState().list.map(({ id }) => id);
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('useCriteria', () => {
  let fake: FakeWindowApi;
  beforeEach(() => {
    fake = fakeWindowApi(settings([a, b, c]));
    install(fake);
    useCriteria.setState({ list: [], hues: new Map(), past: [], future: [], saveError: null });
    useCriteria.getState().load([a, b, c]);
  });

  it('saves each edit, in order, through settings:update', async () => {
    useCriteria.getState().remove(b.id);
    useCriteria.getState().move(c.id, 0);
    await settle();
    const sent = fake.requests.map(({ channel, request }) => [
      channel,
      Criteria.parse((request as { criteria: unknown }).criteria).map(({ id }) => id),
    ]);
    expect(sent).toEqual([
      ['settings:update', ['a', 'c']],
      ['settings:update', ['c', 'a']],
    ]);
  });

  it('undoes and redoes edits, and a new edit ends the way forward', () => {
    const { remove, move, undo, redo } = useCriteria.getState();
    remove(b.id);
    move(c.id, 0);
    expect(ids()).toEqual(['c', 'a']);
    undo();
    expect(ids()).toEqual(['a', 'c']);
    undo();
    expect(ids()).toEqual(['a', 'b', 'c']);
    redo();
    expect(ids()).toEqual(['a', 'c']);
    useCriteria.getState().add(criterion('d'));
    redo();
    expect(ids()).toEqual(['a', 'c', 'd']);
  });

  it('does nothing at either end of the history', () => {
    useCriteria.getState().undo();
    useCriteria.getState().redo();
    expect(ids()).toEqual(['a', 'b', 'c']);
    expect(fake.requests).toEqual([]);
  });

  it('does not count an edit that changes nothing', () => {
    useCriteria.getState().replace({ ...a });
    useCriteria.getState().move(a.id, 0);
    expect(useCriteria.getState().past).toEqual([]);
  });

  it('puts an imported list in place with its settings, and undoes and redoes both together', async () => {
    const { putAll, undo, redo } = useCriteria.getState();
    useSettings.getState().load(settings([a, b, c]));
    const imported = { keptConfiguration: 'routes: {}\n', pollIntervalMs: 1000 };
    putAll([b], imported);
    await settle();
    useSettings.getState().load({ ...settings([b]), ...imported });
    undo();
    await settle();
    useSettings.getState().load(settings([a, b, c]));
    redo();
    await settle();
    expect(fake.requests.map(({ request }) => request)).toEqual([
      { criteria: [b], ...imported },
      { criteria: [a, b, c], keptConfiguration: null, pollIntervalMs: 5000 },
      { criteria: [b], ...imported },
    ]);
  });

  it('leaves the other settings alone when an edit of the list alone is undone', async () => {
    useCriteria.getState().remove(b.id);
    useCriteria.getState().undo();
    await settle();
    expect(fake.requests.at(-1)?.request).toEqual({ criteria: [a, b, c] });
  });

  it('goes back to what is saved and says why when an edit cannot be saved', async () => {
    fake.answer('settings:update', () => {
      throw new Error('disk full');
    });
    useCriteria.getState().remove(a.id);
    expect(ids()).toEqual(['b', 'c']);
    await settle();
    expect(ids()).toEqual(['a', 'b', 'c']);
    expect(useCriteria.getState().saveError).toBe('disk full');
  });

  it('restores a removed one at its place after other edits, once', () => {
    const { remove, restore, replace } = useCriteria.getState();
    remove(b.id);
    replace({ ...c, name: 'renamed' });
    restore(b, 1);
    restore(b, 1);
    expect(useCriteria.getState().list.map(({ name }) => name)).toEqual(['a', 'b', 'renamed']);
  });

  it('duplicates behind the original under a free name', () => {
    const { duplicate } = useCriteria.getState();
    duplicate(a.id);
    duplicate(a.id);
    const { list } = useCriteria.getState();
    expect(list.map(({ name }) => name)).toEqual(['a', 'a 3', 'a 2', 'b', 'c']);
    expect(() => Criteria.parse(list)).not.toThrow();
  });

  it('keeps each one’s hue through reordering and gives eight different ones to the first eight', () => {
    useCriteria.getState().load(Array.from({ length: HUES }, (_, index) => criterion(`x${String(index)}`)));
    const { list, hues, move } = useCriteria.getState();
    const worn = list.map(({ id }) => hues.get(id));
    expect(new Set(worn).size).toBe(HUES);
    const first = list[0];
    if (first === undefined) throw new Error('no criterion');
    move(first.id, 5);
    expect(useCriteria.getState().hues.get(first.id)).toBe(worn[0]);
  });

  it('takes a list from elsewhere as it is, without a way back to the old one', () => {
    useCriteria.getState().remove(a.id);
    useCriteria.getState().load([c]);
    useCriteria.getState().undo();
    expect(ids()).toEqual(['c']);
  });
});

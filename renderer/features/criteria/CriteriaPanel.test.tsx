// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noSelectors, type CriterionDraft } from '../../../contract/index.js';
import type { Preview } from '../../ipc/engine-client.js';
import { useCriteria } from '../../store/criteria.js';
import { useEditing } from '../../store/editing.js';
import { useLive } from '../../store/live.js';
import { engine } from '../../store/session.js';
import { useSelection } from '../../store/selection.js';
import { useSettings } from '../../store/settings.js';
import { useToasts } from '../../store/toasts.js';
import { fakeWindowApi, install, type FakeWindowApi } from '../../testing/fake-window-api.js';
import { criterion, matchOf, process, settings } from '../../testing/fixtures.js';
import { TooltipProvider } from '../../ui/Tooltip.js';
import { useConfiguration } from '../configuration/configuration.js';
import { CriteriaPanel } from './CriteriaPanel.js';

const web = criterion('web');
const pg = criterion('pg', {
  name: 'databases',
  selectors: { executable: { syntax: 'regex', text: 'postgres$' } },
});

let fake: FakeWindowApi;
/** What the engine answers, and what it was asked. */
let preview: Pick<Preview, 'count' | 'taken' | 'examples'>;
let asked: CriterionDraft[];
/** Other answers, by the selectors asked for. */
const counts = new Map<string, { count: number }>();

const field = (name: string): HTMLInputElement => screen.getByRole('textbox', { name });
const type = (name: string, value: string): void => {
  fireEvent.change(field(name), { target: { value } });
};
/** What the engine was asked last. */
const lastAsked = (): CriterionDraft | undefined => asked.at(-1);
const openMenu = async (trigger: HTMLElement): Promise<HTMLElement> => {
  fireEvent.click(trigger);
  return screen.findByRole('menu');
};
const addCondition = async (name: RegExp): Promise<void> => {
  const menu = await openMenu(screen.getByTestId('more-conditions'));
  fireEvent.click(within(menu).getByRole('menuitem', { name }));
  await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
};
const card = (name: string): HTMLElement => screen.getByRole('group', { name });
const list = () => useCriteria.getState().list;

beforeEach(() => {
  Element.prototype.scrollIntoView = () => undefined;
  fake = fakeWindowApi(settings([web, pg]));
  install(fake);
  useLive.getState().reset({ processes: [], sockets: [], matches: [], events: [] });
  useConfiguration.setState({ side: null });
  useCriteria.setState({
    list: [web, pg],
    inForce: [web, pg],
    problems: [],
    hues: new Map(),
    past: [],
    future: [],
  });
  useEditing.getState().done();
  useToasts.setState({ toasts: [] });
  preview = { count: 0, taken: 0, examples: [] };
  asked = [];
  counts.clear();
  useSettings.getState().load(settings([web, pg]));
  vi.spyOn(engine, 'preview').mockImplementation((draft) => {
    asked.push(draft);
    const { executable } = draft.selectors;
    const at = executable?.text.indexOf('(') ?? -1;
    return Promise.resolve({
      type: 'previewed',
      request: 1,
      problems:
        at < 0
          ? []
          : [{ criterionId: draft.id, field: 'executable', message: 'missing closing )', position: at }],
      ...preview,
      ...(counts.get(JSON.stringify(draft.selectors)) ?? {}),
    });
  });
  render(
    <TooltipProvider>
      <CriteriaPanel />
    </TooltipProvider>,
  );
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

describe('the list', () => {
  it('counts the processes that each criterion selects now', () => {
    act(() =>
      useLive.getState().reset({
        processes: [],
        sockets: [],
        events: [],
        matches: [matchOf(process(1), 'web', '8080'), matchOf(process(2), 'web', '8081')],
      }),
    );
    expect(within(card('web')).getByTestId('criterion-matches').textContent).toBe('2 now');
    expect(within(card('databases')).getByTestId('criterion-matches').textContent).toBe('0 now');
  });

  it('shows why a saved criterion is not in force', () => {
    act(() =>
      useCriteria
        .getState()
        .engineSays(
          [web, pg],
          [{ criterionId: pg.id, field: 'executable', message: 'bad escape', position: 3 }],
        ),
    );
    expect(within(card('databases')).getByRole('alert').textContent).toContain('bad escape');
  });

  it('moves with Alt and an arrow, and tells where to', () => {
    fireEvent.keyDown(card('web'), { key: 'ArrowDown', altKey: true });
    expect(list().map(({ name }) => name)).toEqual(['databases', 'web']);
    expect(screen.getByText('web moved to place 2 of 2')).toBeDefined();
    fireEvent.keyDown(card('web'), { key: 'ArrowDown', altKey: true });
    expect(list().map(({ name }) => name)).toEqual(['databases', 'web']);
  });

  it('deletes with Delete, and the toast takes it back', () => {
    fireEvent.keyDown(card('web'), { key: 'Delete' });
    expect(list().map(({ name }) => name)).toEqual(['databases']);
    act(() => useToasts.getState().toasts[0]?.action?.run());
    expect(list().map(({ name }) => name)).toEqual(['web', 'databases']);
  });

  it('switches one off', () => {
    fireEvent.click(within(card('web')).getByRole('switch', { name: 'web enabled' }));
    expect(list()[0]?.enabled).toBe(false);
  });

  it('offers examples where there is none', () => {
    act(() => useCriteria.setState({ list: [] }));
    fireEvent.click(screen.getByRole('button', { name: /web development/ }));
    expect(list()).toMatchObject([
      { name: 'web development', selectors: { openPorts: '8000-8999' }, enabled: true },
    ]);
  });
});

describe('editing', () => {
  it('shows the error at the field while typing and leaves the old value in force', () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    type('Open ports', '8000-8999, 70000');
    const alert = screen.getByRole('alert');
    expect(alert.textContent).toBe('70000 is above 65535, the highest port (at character 12)');
    expect(field('Open ports').getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText('Still in force: 8000-8999')).toBeDefined();
    expect(screen.getByText('70000', { selector: 'mark' })).toBeDefined();
    fireEvent.submit(screen.getByTestId('criterion-editor'));
    expect(list()[0]?.selectors.openPorts).toBe('8000-8999');
    expect(fake.requests).toEqual([]);
    expect(screen.getByTestId('criterion-editor')).toBeDefined();
  });

  it('saves on Enter', async () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    type('Open ports', '9000');
    fireEvent.submit(screen.getByTestId('criterion-editor'));
    await waitFor(() => expect(list()[0]?.selectors.openPorts).toBe('9000'));
    expect(screen.queryByTestId('criterion-editor')).toBeNull();
    await waitFor(() => expect(fake.requests.at(-1)?.channel).toBe('settings:update'));
  });

  it('goes back to what was on Escape', () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    type('Name', 'other');
    fireEvent.keyDown(field('Name'), { key: 'Escape' });
    expect(screen.queryByTestId('criterion-editor')).toBeNull();
    expect(list()[0]?.name).toBe('web');
  });

  it('does not save a pattern that the engine refuses, and shows where it is wrong', async () => {
    fireEvent.keyDown(card('databases'), { key: 'Enter' });
    type('Executable', 'post(gres');
    expect(await screen.findByText('missing closing ) (at character 5)')).toBeDefined();
    expect(screen.getByText('Still in force: postgres$')).toBeDefined();
    fireEvent.submit(screen.getByTestId('criterion-editor'));
    await act(() => Promise.resolve());
    expect(list()[1]?.selectors.executable?.text).toBe('postgres$');
  });

  it('adds a new one, and wants at least one selector', async () => {
    fireEvent.click(screen.getByTestId('add-criterion'));
    fireEvent.submit(screen.getByTestId('criterion-editor'));
    expect(screen.getByRole('alert').textContent).toBe(
      'Set open ports, an executable, or one of the further conditions',
    );
    expect(list()).toHaveLength(2);
    type('Open ports', '443');
    fireEvent.submit(screen.getByTestId('criterion-editor'));
    await waitFor(() =>
      expect(list()[2]).toMatchObject({ name: '443', selectors: { openPorts: '443' }, enabled: true }),
    );
  });

  it('saves what the engine cannot check because it is away, and says so', async () => {
    vi.spyOn(engine, 'preview').mockRejectedValue(new Error('gone'));
    fireEvent.keyDown(card('databases'), { key: 'Enter' });
    type('Executable', 'mysqld');
    expect(await screen.findByText(/the engine is away/i)).toBeDefined();
    fireEvent.submit(screen.getByTestId('criterion-editor'));
    await waitFor(() => expect(list()[1]?.selectors.executable?.text).toBe('mysqld'));
  });
});

describe('what a criterion would select', () => {
  const examples = [process(12, { name: 'vite' }), process(11)];

  it('is asked for once typing rests, and told beside the fields', async () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    await screen.findByTestId('criterion-preview');
    asked = [];
    preview = { count: 12, taken: 3, examples };
    type('Open ports', '1');
    type('Open ports', '10');
    type('Open ports', '1-1000');
    const note = screen.getByTestId('criterion-preview');
    await waitFor(() => expect(note.textContent).toContain('Selects 12 processes now'));
    expect(asked.map(({ selectors }) => selectors.openPorts)).toEqual(['1-1000']);
    expect(note.textContent).toContain('3 of them are taken by an earlier criterion or an exclusion');
    expect(note.textContent).toContain('vite 12');
    expect(note.textContent).toContain('and 10 more');
  });

  it('is the count of the text that is typed, and until then marked as old', async () => {
    preview = { count: 1, taken: 0, examples };
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    await waitFor(() => expect(screen.getByTestId('criterion-preview').dataset['count']).toBe('1'));
    type('Open ports', '9000');
    expect(screen.getByTestId('criterion-preview').dataset['count']).toBeUndefined();
    expect(screen.getByTestId('criterion-preview').dataset['stale']).toBe('');
  });

  it('tells which condition is to blame where it selects nothing', async () => {
    counts.set(JSON.stringify({ ...noSelectors, openPorts: '8000-8999' }), { count: 4 });
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    type('Executable', 'nodd$');
    expect(await screen.findByText('Each condition alone selects:')).toBeDefined();
    expect(screen.getByText('open ports').parentElement?.textContent).toBe('open ports 4');
    expect(screen.getByText('executable').parentElement?.textContent).toBe('executable 0');
  });

  it('says what its only condition looks at where it selects nothing', async () => {
    fireEvent.keyDown(card('databases'), { key: 'Enter' });
    expect(await screen.findByText(/^No executable’s path contains this/)).toBeDefined();
    fireEvent.click(screen.getByRole('radio', { name: 'Glob' }));
    expect(await screen.findByText(/^A glob must match the whole text/)).toBeDefined();
  });

  it('looks at connections too where ports are counted as Beyla does', async () => {
    act(() => useSettings.getState().load({ ...settings([web, pg]), countPortsAsBeyla: true }));
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    expect(await screen.findByText(/^No process has a socket with one of these local ports/)).toBeDefined();
    expect(screen.queryByText(/Connections of clients do not count/)).toBeNull();
  });

  it('is not told while a field has a problem', async () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    await screen.findByTestId('criterion-preview');
    type('Open ports', '0');
    expect(screen.queryByTestId('criterion-preview')).toBeNull();
  });

  it('is shown for a saved criterion on its card', async () => {
    preview = { count: 2, taken: 1, examples };
    const disclosure = within(card('web')).getByRole('button', { expanded: false, name: /now/ });
    fireEvent.click(disclosure);
    expect(await within(card('web')).findByText('Selects 2 processes now')).toBeDefined();
    expect(lastAsked()).toEqual(web);
    expect(within(card('web')).getByTestId('criterion-taken').textContent).toBe(
      '1 of them is taken by an earlier criterion or an exclusion',
    );
    fireEvent.click(disclosure);
    expect(screen.queryByTestId('criterion-preview')).toBeNull();
  });

  it('links to the processes that the window knows', async () => {
    preview = { count: 2, taken: 0, examples };
    act(() => useLive.getState().reset({ processes: [process(11)], sockets: [], matches: [], events: [] }));
    fireEvent.click(within(card('web')).getByRole('button', { expanded: false, name: /now/ }));
    fireEvent.click(await screen.findByRole('button', { name: 'node 11' }));
    expect(useSelection.getState().selected).toEqual({ kind: 'process', key: process(11).key });
    expect(screen.queryByRole('button', { name: 'vite 12' })).toBeNull();
  });
});

describe('further conditions', () => {
  it('are shown only when set, added from the menu, and saved', async () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    expect(screen.queryByRole('textbox', { name: 'Arguments' })).toBeNull();
    await addCondition(/^Arguments/);
    await waitFor(() => expect(document.activeElement).toBe(field('Arguments')));
    type('Arguments', 'server*');
    fireEvent.click(
      within(screen.getByRole('radiogroup', { name: 'Kind of pattern of Arguments' })).getByRole('radio', {
        name: 'Glob',
      }),
    );
    await addCondition(/^Only in containers/);
    await addCondition(/^PIDs/);
    type('PIDs', '12, 13');
    fireEvent.submit(screen.getByTestId('criterion-editor'));
    await waitFor(() => expect(screen.queryByTestId('criterion-editor')).toBeNull());
    expect(list()[0]?.selectors).toEqual({
      ...noSelectors,
      openPorts: '8000-8999',
      args: { syntax: 'glob', text: 'server*' },
      containersOnly: true,
      pids: [12, 13],
    });
    expect(card('web').textContent).toContain('args server*glob');
    expect(card('web').textContent).toContain('only in containers');
  });

  it('are taken away again, and the menu offers them anew', async () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    await addCondition(/^User/);
    fireEvent.click(screen.getByRole('button', { name: 'Remove the condition “User”' }));
    expect(screen.queryByRole('textbox', { name: 'User' })).toBeNull();
    expect(document.activeElement).toBe(screen.getByTestId('more-conditions'));
    await addCondition(/^User/);
    expect(field('User').value).toBe('');
  });

  it('ask for a network namespace by number, and say what a number is', async () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    await addCondition(/^Network namespace/);
    fireEvent.click(screen.getByRole('radio', { name: 'Number' }));
    type('Number of the network namespace', 'mine');
    expect(screen.getByRole('alert').textContent).toContain('as lsns shows it');
    type('Number of the network namespace', '4026531840');
    fireEvent.submit(screen.getByTestId('criterion-editor'));
    await waitFor(() => expect(list()[0]?.selectors.networkNamespace).toBe(4_026_531_840));
  });

  it('leave a menu open that is opened right after one was added', async () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    await addCondition(/^Only in containers/);
    const menu = await openMenu(screen.getByTestId('more-conditions'));
    await act(() => new Promise((resolve) => setTimeout(resolve, 100)));
    expect(screen.queryByRole('menu')).toBe(menu);
    expect(menu.contains(document.activeElement)).toBe(true);
  });

  it('do not close the editor when Escape closes their menu', async () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    const menu = await openMenu(screen.getByTestId('more-conditions'));
    fireEvent.keyDown(menu, { key: 'Escape' });
    await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
    expect(screen.getByTestId('criterion-editor')).toBeDefined();
  });
});

describe('an exclusion', () => {
  it('is chosen in the editor and told from the others by a word', async () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    preview = { count: 2, taken: 0, examples: [] };
    fireEvent.click(screen.getByRole('radio', { name: 'Exclude' }));
    expect(screen.getByText(/is selected by no criterion, wherever it stands/)).toBeDefined();
    expect(await screen.findAllByText('Excludes 2 processes now')).not.toHaveLength(0);
    fireEvent.submit(screen.getByTestId('criterion-editor'));
    await waitFor(() => expect(list()[0]?.exclude).toBe(true));
    expect(within(card('web')).getByText('excludes')).toBeDefined();
    expect(within(card('databases')).queryByText('excludes')).toBeNull();
  });
});

describe('an imported criterion', () => {
  const imported = criterion('pods', { kept: { k8s_pod_name: 'shop-*', sampler: { name: 'always_on' } } });

  it('shows what is only kept, and what never matches', () => {
    act(() => useCriteria.setState({ list: [imported] }));
    expect(card('pods').textContent).toContain('k8s_pod_name: never matches here');
    expect(card('pods').textContent).toContain('kept sampler');
    fireEvent.keyDown(card('pods'), { key: 'Enter' });
    expect(screen.getAllByTestId('criterion-kept').map(({ textContent }) => textContent)).toEqual([
      'kept: k8s_pod_name Kubernetes: never matches on this machine.',
      'kept: sampler From the imported configuration; written out again on export, not used here.',
    ]);
  });

  it('keeps it when it is edited', async () => {
    act(() => useCriteria.setState({ list: [imported] }));
    fireEvent.keyDown(card('pods'), { key: 'Enter' });
    type('Name', 'renamed');
    fireEvent.submit(screen.getByTestId('criterion-editor'));
    await waitFor(() => expect(list()[0]).toEqual({ ...imported, name: 'renamed' }));
  });
});

describe('a proposed criterion', () => {
  it('opens in the editor, is saved only on demand, and leaves nothing behind on Escape', async () => {
    act(() => useEditing.getState().propose(criterion('new', { name: 'made of node' })));
    expect(field('Name').value).toBe('made of node');
    expect(list()).toHaveLength(2);
    fireEvent.keyDown(field('Name'), { key: 'Escape' });
    expect(screen.queryByTestId('criterion-editor')).toBeNull();
    expect(document.activeElement).toBe(screen.getByTestId('add-criterion'));
    act(() => useEditing.getState().propose(criterion('new', { name: 'again' })));
    fireEvent.submit(screen.getByTestId('criterion-editor'));
    await waitFor(() => expect(list().map(({ name }) => name)).toEqual(['web', 'databases', 'again']));
  });

  it('takes the place of another one that is open', () => {
    act(() => useEditing.getState().propose(criterion('one')));
    act(() => useEditing.getState().propose(criterion('two')));
    expect(field('Name').value).toBe('two');
  });
});

describe('an edit that is not saved', () => {
  it('is offered again when another editor takes its place', () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    type('Name', 'half done');
    act(() => useEditing.getState().propose(criterion('new')));
    expect(field('Name').value).toBe('new');
    const [toast] = useToasts.getState().toasts;
    expect(toast?.text).toBe('The edit of “half done” was left unsaved');
    act(() => toast?.action?.run());
    expect(field('Name').value).toBe('half done');
    expect(list()[0]?.name).toBe('web');
  });

  it('is a new one where its criterion was deleted meanwhile', async () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    type('Name', 'half done');
    act(() => {
      useEditing.getState().edit('new');
      useCriteria.getState().remove(web.id);
    });
    act(() => useToasts.getState().toasts[0]?.action?.run());
    expect(field('Name').value).toBe('half done');
    fireEvent.submit(screen.getByTestId('criterion-editor'));
    await waitFor(() => expect(list().map(({ name }) => name)).toEqual(['databases', 'half done']));
  });

  it('is there again when the panel was only hidden', () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    type('Name', 'half done');
    cleanup();
    expect(useToasts.getState().toasts).toEqual([]);
    render(
      <TooltipProvider>
        <CriteriaPanel />
      </TooltipProvider>,
    );
    expect(field('Name').value).toBe('half done');
  });

  it('is not offered when it was given up on purpose, or nothing was typed', () => {
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    type('Name', 'half done');
    fireEvent.keyDown(field('Name'), { key: 'Escape' });
    fireEvent.keyDown(card('web'), { key: 'Enter' });
    act(() => useEditing.getState().edit('new'));
    expect(useToasts.getState().toasts).toEqual([]);
  });
});

describe('the panel’s menu', () => {
  it('switches to Beyla’s way of counting ports, which stays visible until it is turned off', async () => {
    expect(screen.queryByTestId('as-beyla')).toBeNull();
    const menu = await openMenu(screen.getByTestId('criteria-menu'));
    fireEvent.click(within(menu).getByRole('menuitemcheckbox', { name: /Count ports as Beyla does/ }));
    expect(fake.requests.at(-1)).toEqual({
      channel: 'settings:update',
      request: { countPortsAsBeyla: true },
    });
    const notice = await screen.findByTestId('as-beyla');
    fireEvent.click(within(notice).getByText('Turn off'));
    await waitFor(() => expect(screen.queryByTestId('as-beyla')).toBeNull());
  });

  it('opens the import and the export of configurations', async () => {
    const menu = await openMenu(screen.getByTestId('criteria-menu'));
    fireEvent.click(within(menu).getByRole('menuitem', { name: /^Export as configuration/ }));
    expect(useConfiguration.getState().side).toBe('export');
  });
});

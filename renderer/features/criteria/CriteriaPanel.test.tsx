// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CriterionDraft } from '../../../contract/index.js';
import type { Preview } from '../../ipc/engine-client.js';
import { useCriteria } from '../../store/criteria.js';
import { useEditing } from '../../store/editing.js';
import { useLive } from '../../store/live.js';
import { engine } from '../../store/session.js';
import { useToasts } from '../../store/toasts.js';
import { fakeWindowApi, install, type FakeWindowApi } from '../../testing/fake-window-api.js';
import { criterion, matchOf, process, settings } from '../../testing/fixtures.js';
import { TooltipProvider } from '../../ui/Tooltip.js';
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
const card = (name: string): HTMLElement => screen.getByRole('group', { name });
const list = () => useCriteria.getState().list;

beforeEach(() => {
  Element.prototype.scrollIntoView = () => undefined;
  fake = fakeWindowApi(settings([web, pg]));
  install(fake);
  useLive.getState().reset({ processes: [], sockets: [], matches: [], events: [] });
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

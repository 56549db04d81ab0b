// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Configuration, ConfigurationForm } from '../../../contract/index.js';
import type { ReadConfiguration } from '../../ipc/engine-client.js';
import { useCriteria } from '../../store/criteria.js';
import { engine } from '../../store/session.js';
import { useSettings } from '../../store/settings.js';
import { useStatus } from '../../store/status.js';
import { useToasts } from '../../store/toasts.js';
import { fakeWindowApi, install, type FakeWindowApi } from '../../testing/fake-window-api.js';
import { criterion, settings } from '../../testing/fixtures.js';
import { TooltipProvider } from '../../ui/Tooltip.js';
import { offsetOf } from './CodeField.js';
import { ConfigurationDialog } from './ConfigurationDialog.js';
import { PASTED, useConfiguration } from './configuration.js';

const there = criterion('there');
const [web, own] = [
  criterion('web', { name: 'shop web' }),
  criterion('own', { exclude: true, selectors: { executable: { syntax: 'glob', text: '/usr/bin/*' } } }),
];
const configuration = (over: Partial<Configuration> = {}): Configuration => ({
  criteria: [web, own],
  pollIntervalMs: null,
  kept: null,
  notes: [],
  ...over,
});
const answer = (over: Partial<ReadConfiguration>): ReadConfiguration => ({
  type: 'configuration_read',
  request: 1,
  configuration: null,
  problems: [],
  ...over,
});

let fake: FakeWindowApi;
let read: (file: string, text: string) => Promise<ReadConfiguration>;
let written: (form: ConfigurationForm) => { text: string; notes: string[] };

const field = (): HTMLTextAreaElement => screen.getByTestId('configuration-text');
const paste = (text: string): void => {
  fireEvent.change(field(), { target: { value: text } });
};
const list = () => useCriteria.getState().list;
const saved = (): object[] =>
  fake.requests
    .filter(({ channel }) => channel === 'settings:update')
    .map(({ request }) => request as object);

beforeEach(() => {
  // jsdom lays nothing out, and only the lines in view are in the page.
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(260);
  fake = fakeWindowApi(settings([there]));
  install(fake);
  useSettings.getState().load(settings([there]));
  useCriteria.setState({ list: [there], inForce: [there], hues: new Map(), past: [], future: [] });
  useToasts.setState({ toasts: [] });
  useStatus.setState({ connection: 'connected' });
  useConfiguration.setState({ side: 'import', source: { file: PASTED, text: '' } });
  read = () => Promise.resolve(answer({ configuration: configuration() }));
  written = (form) => ({ text: `# ${form}\n`, notes: [] });
  vi.spyOn(engine, 'readConfiguration').mockImplementation((file, text) => read(file, text));
  vi.spyOn(engine, 'writeConfiguration').mockImplementation((form) =>
    Promise.resolve({ type: 'configuration_written', request: 1, ...written(form) }),
  );
  render(
    <TooltipProvider>
      <ConfigurationDialog />
    </TooltipProvider>,
  );
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

describe('importing', () => {
  it('names the place of every error, marks its line, and goes there', async () => {
    read = (file) =>
      Promise.resolve(
        answer({
          problems: [
            { file, line: 3, column: 5, message: 'there is no key "open_prots"; did you mean open_ports?' },
            { file, line: null, column: null, message: 'it selects nothing' },
          ],
        }),
      );
    paste('discovery:\n  services:\n    open_prots: 80\n');
    const problems = await screen.findByTestId('configuration-problems');
    expect(problems.textContent).toContain('2 errors');
    expect(problems.textContent).toContain('pasted.yml:3:5 there is no key');
    expect(screen.getAllByTestId('configuration-mark').map(({ dataset }) => dataset['line'])).toEqual(['3']);
    expect(field().getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByTestId('configuration-replace')).toHaveProperty('disabled', true);
    expect(screen.getByTestId('configuration-add')).toHaveProperty('disabled', true);
    fireEvent.click(within(problems).getByRole('button', { name: 'pasted.yml:3:5' }));
    expect(document.activeElement).toBe(field());
    expect(field().selectionStart).toBe('discovery:\n  services:\n    '.length);
  });

  it('shows the criteria and what is worth knowing before anything is put into force', async () => {
    read = (file) =>
      Promise.resolve(
        answer({
          configuration: configuration({
            pollIntervalMs: 2000,
            kept: 'routes: {}\n',
            notes: [{ file, line: 9, column: 3, message: 'k8s_pod_name never matches on this machine' }],
          }),
        }),
      );
    paste('x');
    expect((await screen.findByTestId('configuration-good')).textContent).toBe('It holds 2 criteria');
    const lines = screen.getAllByTestId('configuration-criterion').map(({ textContent }) => textContent);
    expect(lines).toEqual(['shop web 8000-8999', 'ownexcludesexe /usr/bin/*glob']);
    const result = screen.getByTestId('configuration-result');
    expect(result.textContent).toContain('pasted.yml:9:3 k8s_pod_name never matches');
    expect(result.textContent).toContain('It polls every 2');
    expect(result.textContent).toContain('What is kept is written out again');
    expect(saved()).toEqual([]);
  });

  it('replaces all, with the settings that came along, as one edit that undo takes back', async () => {
    read = () =>
      Promise.resolve(answer({ configuration: configuration({ pollIntervalMs: 10, kept: 'routes: {}\n' }) }));
    paste('x');
    await screen.findByTestId('configuration-good');
    fireEvent.click(screen.getByRole('button', { name: 'Replace all 1 criterion' }));
    expect(list().map(({ name }) => name)).toEqual(['shop web', 'own']);
    expect(useConfiguration.getState()).toMatchObject({ side: null, source: { text: '' } });
    await waitFor(() => expect(saved()).toHaveLength(1));
    // The shortest interval there is.
    expect(saved()[0]).toMatchObject({ keptConfiguration: 'routes: {}\n', pollIntervalMs: 250 });
    act(() => useToasts.getState().toasts[0]?.action?.run());
    expect(list()).toEqual([there]);
    await waitFor(() =>
      expect(saved()[1]).toEqual({ criteria: [there], keptConfiguration: null, pollIntervalMs: 5000 }),
    );
  });

  it('is undone by its toast together with what was edited since, and each can be made again', async () => {
    paste('x');
    await screen.findByTestId('configuration-good');
    fireEvent.click(screen.getByTestId('configuration-replace'));
    const [first] = list();
    if (first !== undefined) useCriteria.getState().remove(first.id);
    expect(list()).toHaveLength(1);
    act(() => useToasts.getState().toasts[0]?.action?.run());
    expect(list()).toEqual([there]);
    expect(useCriteria.getState().future).toHaveLength(2);
    act(() => useToasts.getState().toasts[0]?.action?.run());
    expect(list()).toEqual([there]);
  });

  it('adds behind under new ids, so that the same one can be added twice', async () => {
    for (const times of [1, 2]) {
      act(() => useConfiguration.getState().show('import'));
      paste('x');
      await screen.findByTestId('configuration-good');
      fireEvent.click(screen.getByTestId('configuration-add'));
      expect(list()).toHaveLength(1 + 2 * times);
      expect(new Set(list().map(({ id }) => id)).size).toBe(list().length);
    }
    await waitFor(() => expect(saved()).toHaveLength(2));
    expect(saved()[0]).not.toHaveProperty('pollIntervalMs');
  });

  it('does not add more criteria than there can be, and says so', async () => {
    const many = Array.from({ length: 2000 }, (_, index) => criterion(`c${String(index)}`));
    read = () => Promise.resolve(answer({ configuration: configuration({ criteria: many }) }));
    paste('x');
    await screen.findByTestId('configuration-good');
    expect(screen.getByText(/That would make 2,001 criteria/)).toBeDefined();
    expect(screen.getByTestId('configuration-add')).toHaveProperty('disabled', true);
    expect(screen.getByTestId('configuration-replace')).toHaveProperty('disabled', false);
    expect(screen.getAllByTestId('configuration-criterion').length).toBeLessThan(200);
  });

  it('does not offer what was read of a text that has changed since', async () => {
    paste('first');
    await screen.findByTestId('configuration-good');
    read = () => new Promise(() => undefined);
    paste('second');
    expect(screen.queryByTestId('configuration-good')).toBeNull();
    expect(screen.getByTestId('configuration-replace')).toHaveProperty('disabled', true);
  });

  it('says that the engine is away, and reads when it is back', async () => {
    useStatus.setState({ connection: 'lost' });
    read = () => Promise.reject(new Error('gone'));
    paste('x');
    expect(await screen.findByText(/which reads configurations, is away/)).toBeDefined();
    read = () => Promise.resolve(answer({ configuration: configuration() }));
    act(() => useStatus.setState({ connection: 'connected' }));
    expect(await screen.findByTestId('configuration-good')).toBeDefined();
  });

  it('opens a file through main, names it in errors, and shows why one could not be read', async () => {
    const files: string[] = [];
    read = (file) => {
      files.push(file);
      return Promise.resolve(answer({ configuration: configuration() }));
    };
    fake.answer('configuration:open', () => ({ file: 'beyla.yml', text: 'open_port: 80' }));
    fireEvent.click(screen.getByTestId('configuration-open'));
    await waitFor(() => expect(field().value).toBe('open_port: 80'));
    await waitFor(() => expect(files).toEqual(['beyla.yml']));
    fake.answer('configuration:open', () => {
      throw new Error(
        "Error invoking remote method 'configuration:open': Error: big.yml is larger than 4 MB",
      );
    });
    fireEvent.click(screen.getByTestId('configuration-open'));
    expect((await screen.findByRole('alert')).textContent).toBe('big.yml is larger than 4 MB');
    fake.answer('configuration:open', () => null);
    fireEvent.click(screen.getByTestId('configuration-open'));
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
    expect(field().value).toBe('open_port: 80');
  });

  it('reads a file that is dropped on it, and refuses what is no text', async () => {
    const drop = (file: File): boolean => fireEvent.drop(field(), { dataTransfer: { files: [file] } });
    drop(new File(['open_port: 443'], 'obi.yml'));
    await waitFor(() => expect(field().value).toBe('open_port: 443'));
    expect(screen.getByText('obi.yml')).toBeDefined();
    drop(new File([new Uint8Array([0xff, 0xfe, 0])], 'core'));
    expect((await screen.findByRole('alert')).textContent).toContain('core is not text in UTF-8');
    const large = new File(['x'], 'large.ndjson');
    Object.defineProperty(large, 'size', { value: 4_000_001 });
    drop(large);
    await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('larger than 4 MB'));
  });

  it('keeps what was typed when it is closed and opened again', async () => {
    paste('half a configur');
    fireEvent.keyDown(field(), { key: 'Escape' });
    await waitFor(() => expect(screen.queryByTestId('configuration')).toBeNull());
    act(() => useConfiguration.getState().show('import'));
    expect(field().value).toBe('half a configur');
  });
});

describe('exporting', () => {
  const exported = (): HTMLTextAreaElement => screen.getByTestId('configuration-exported');

  it('shows the text in the form that is chosen, and what that form cannot say', async () => {
    written = (form) => ({ text: `# ${form}\n`, notes: form === 'env' ? ['“own” excludes'] : [] });
    fireEvent.click(screen.getByRole('radio', { name: 'Export' }));
    await waitFor(() => expect(exported().value).toBe('# beyla\n'));
    expect(exported().readOnly).toBe(true);
    fireEvent.click(screen.getByRole('radio', { name: 'Environment' }));
    await waitFor(() => expect(exported().value).toBe('# env\n'));
    expect(screen.getByTestId('configuration-notes').textContent).toContain('“own” excludes');
  });

  it('copies and saves the text that is shown', async () => {
    fireEvent.click(screen.getByRole('radio', { name: 'Export' }));
    await waitFor(() => expect(exported().value).toBe('# beyla\n'));
    fireEvent.click(screen.getByTestId('configuration-copy'));
    expect(await screen.findByText('Copied')).toBeDefined();
    fake.answer('configuration:save', () => ({ path: '/home/ada/beyla.yml' }));
    fireEvent.click(screen.getByTestId('configuration-save'));
    expect(await screen.findByText('Saved as /home/ada/beyla.yml')).toBeDefined();
    expect(fake.requests).toEqual([
      { channel: 'clipboard:write', request: '# beyla\n' },
      { channel: 'configuration:save', request: { form: 'beyla', text: '# beyla\n' } },
    ]);
    fake.answer('configuration:save', () => {
      throw new Error('There is no space left for /home/ada/beyla.yml.');
    });
    fireEvent.click(screen.getByTestId('configuration-save'));
    expect(await screen.findByText(/^There is no space left/)).toBeDefined();
  });

  it('is written anew when the engine tells of other criteria', async () => {
    fireEvent.click(screen.getByRole('radio', { name: 'Export' }));
    await waitFor(() => expect(exported().value).toBe('# beyla\n'));
    written = () => ({ text: '# changed\n', notes: [] });
    act(() => useCriteria.getState().engineSays([web], []));
    await waitFor(() => expect(exported().value).toBe('# changed\n'));
  });
});

describe('offsetOf', () => {
  it.each([
    [{ line: 1, column: 1 }, 0],
    [{ line: 2, column: 2 }, 4],
    [{ line: 2, column: 99 }, 5],
    [{ line: 3, column: 1 }, 6],
    [{ line: 9, column: 1 }, 6],
  ])('finds %o', (place, offset) => expect(offsetOf('ab\ncd\n', place)).toBe(offset));
});

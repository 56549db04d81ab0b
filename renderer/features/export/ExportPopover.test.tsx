// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ExportRequest } from '../../../contract/index.js';
import { useExporting } from '../../store/exporting.js';
import { useSettings } from '../../store/settings.js';
import { useStatus } from '../../store/status.js';
import { useView } from '../../store/view.js';
import { fakeWindowApi, install, type FakeWindowApi } from '../../testing/fake-window-api.js';
import { settings, status } from '../../testing/fixtures.js';
import { TooltipProvider } from '../../ui/Tooltip.js';
import { ExportPopover } from './ExportPopover.js';

let fake: FakeWindowApi;
const settle = (): Promise<void> => act(() => new Promise<void>((resolve) => setTimeout(resolve, 5)));
const start = async (): Promise<void> => {
  fireEvent.click(screen.getByTestId('export-start'));
  await settle();
};

beforeEach(async () => {
  fake = fakeWindowApi(settings([]));
  install(fake);
  fake.answer('export:start', () => ({ id: 4, path: '/home/ada/log.ndjson' }));
  useSettings.setState({ settings: settings([]) });
  useStatus.setState({ status: status({ events: 20 }) });
  useExporting.setState({ open: true, state: { kind: 'idle' } });
  render(
    <TooltipProvider>
      <ExportPopover />
    </TooltipProvider>,
  );
  await settle();
});
afterEach(cleanup);

it('asks for what was chosen, with the visible time range in nanoseconds', async () => {
  useView.getState().setRange({ from: 1_700_000_000_000, to: 1_700_000_001_000 });
  fireEvent.click(screen.getByRole('radio', { name: /CSV/ }));
  fireEvent.click(screen.getByRole('radio', { name: /visible time range/ }));
  fireEvent.click(screen.getByRole('switch', { name: /Redact/ }));
  expect(screen.getByText(/secrets and all/)).toBeDefined();
  await start();
  const request = fake.requests.find(({ channel }) => channel === 'export:start')?.request;
  expect(ExportRequest.parse(request)).toEqual({
    format: 'csv',
    scope: { kind: 'range', from: 1_700_000_000_000_000_000n, to: 1_700_000_001_000_000_000n },
    redactSecrets: false,
  });
});

it('goes back to the form when the dialog is cancelled', async () => {
  fake.answer('export:start', () => null);
  await start();
  expect(screen.getByTestId('export-start')).toBeDefined();
});

it('shows progress, cancels, and follows its own export only', async () => {
  await start();
  act(() => useExporting.getState().progressed(3, { state: 'done', written: 1, path: '/other' }));
  act(() => useExporting.getState().progressed(4, { state: 'running', written: 5, total: 20 }));
  expect(screen.getByTestId('export-progress').textContent).toBe('5 of 20 events');
  expect(screen.getByTestId('export').textContent).toBe('Exporting 25 %');
  fireEvent.click(screen.getByTestId('export-cancel'));
  expect(fake.requests.at(-1)).toEqual({ channel: 'export:cancel', request: { id: 4 } });
  act(() => useExporting.getState().progressed(4, { state: 'cancelled' }));
  expect(screen.getByText(/No file was left behind/)).toBeDefined();
});

it('offers to show the file when it is done', async () => {
  await start();
  act(() =>
    useExporting.getState().progressed(4, { state: 'done', written: 20, path: '/home/ada/log.ndjson' }),
  );
  expect(screen.getByTestId('export-done').textContent).toBe('20 events exported');
  fireEvent.click(screen.getByRole('button', { name: 'Show in folder' }));
  expect(fake.requests.at(-1)).toEqual({ channel: 'export:reveal', request: { id: 4 } });
});

it('says what went wrong and lets one try again', async () => {
  await start();
  act(() =>
    useExporting
      .getState()
      .progressed(4, { state: 'failed', path: '/full', message: 'No space left on /full.' }),
  );
  expect(screen.getByText('No space left on /full.')).toBeDefined();
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(screen.getByTestId('export-start')).toBeDefined();
});

it('says why an export could not be started at all', async () => {
  fake.answer('export:start', () => {
    throw new Error('The engine is away.');
  });
  await start();
  expect(screen.getByText('The engine is away.')).toBeDefined();
});

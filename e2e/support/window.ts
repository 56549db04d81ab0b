import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { root } from '../../scripts/lib/paths.mjs';
import type { Launched } from './launch.js';

/** What a user does in the window, by the names a user sees or a screen reader says. */

const screenshots = join(root, 'artifacts', 'screenshots');

/** Keeps a picture of the window as a test artefact. */
export const screenshot = async (page: Page, name: string): Promise<void> => {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
};

/** The engine is connected and has told of its state. */
export const watching = async (page: Page, visibility: 'full' | 'degraded' | 'limited'): Promise<void> => {
  await expect(page.getByTestId('visibility')).toHaveAttribute('data-visibility', visibility, {
    timeout: 20_000,
  });
};

export interface CriterionText {
  readonly name?: string;
  readonly ports?: string;
  readonly executable?: string;
}

/** Fills the open editor; what is left out stays as it is. */
export const fillCriterion = async (page: Page, criterion: CriterionText): Promise<Locator> => {
  const editor = page.getByTestId('criterion-editor');
  if (criterion.name !== undefined) await editor.getByTestId('criterion-name').fill(criterion.name);
  if (criterion.ports !== undefined) await editor.getByTestId('criterion-ports').fill(criterion.ports);
  if (criterion.executable !== undefined) {
    await editor.getByTestId('criterion-executable').fill(criterion.executable);
  }
  return editor;
};

export const saveCriterion = async (page: Page): Promise<void> => {
  await page.getByTestId('criterion-editor').getByTestId('criterion-save').click();
  await expect(page.getByTestId('criterion-editor')).toHaveCount(0);
};

export const addCriterion = async (page: Page, criterion: CriterionText): Promise<void> => {
  await page.getByTestId('add-criterion').click();
  await fillCriterion(page, criterion);
  await saveCriterion(page);
};

export const criterion = (page: Page, name: string): Locator =>
  page.getByTestId('criterion').and(page.getByRole('group', { name, exact: true }));

/** Narrows timeline and tables; what does not fit the window is not in the page. Empty: everything. */
export const filter = async (page: Page, text: string): Promise<void> => {
  await page.getByTestId('filter').fill(text);
};

export const lane = (page: Page, pid: number): Locator =>
  page.locator(`[data-testid="timeline-lane"][data-pid="${String(pid)}"]`);

export const portRow = (page: Page, port: number | string): Locator =>
  page.getByTestId('ports-row').filter({ has: page.getByText(String(port), { exact: true }) });

/** Answers the next save dialog with a path: the dialog itself belongs to the desktop. */
export const answerSaveDialog = async ({ app }: Launched, path: string | null): Promise<void> => {
  await app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: filePath === null, filePath: filePath ?? '' });
  }, path);
};

/** Opens one side of the configuration dialog from the criteria's menu. */
export const openConfiguration = async (page: Page, side: 'import' | 'export'): Promise<Locator> => {
  await page.getByTestId('criteria-menu').click();
  await page.getByRole('menuitem', { name: side === 'import' ? /^Import/ : /^Export/ }).click();
  const dialog = page.getByTestId('configuration');
  await expect(dialog).toBeVisible();
  return dialog;
};

/** Answers the next dialogs that ask for a file; null: cancelled. */
export const answerOpenDialog = async ({ app }: Launched, path: string | null): Promise<void> => {
  await app.evaluate(({ dialog }, filePath) => {
    dialog.showOpenDialog = () =>
      Promise.resolve({ canceled: filePath === null, filePaths: filePath === null ? [] : [filePath] });
  }, path);
};

/** Exports through the window, as far as the button that starts it. */
export const startExport = async (page: Page, format: 'NDJSON' | 'CSV', scope: RegExp): Promise<void> => {
  await page.getByTestId('export').click();
  const popover = page.getByTestId('export-popover');
  await popover.getByRole('radio', { name: new RegExp(format) }).click();
  await popover.getByRole('radio', { name: scope }).click();
  await popover.getByTestId('export-start').click();
};

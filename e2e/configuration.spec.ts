import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { launch, type Launched } from './support/launch.js';
import { startListener, type Listener } from './support/listener.js';
import {
  answerSaveDialog,
  criterion,
  fillCriterion,
  filter,
  lane,
  openConfiguration,
  screenshot,
  watching,
} from './support/window.js';

test.describe.configure({ mode: 'serial' });

const wrong = `discovery:
  services:
    - name: shop
      open_ports: 18060-18069
      exe_path: (node$
`;
const right = `discovery:
  services:
    - name: shop
      open_ports: 18060-18069
      exe_path: node$
  exclude_services:
    - name: not this one
      open_ports: 18061
routes:
  unmatched: heuristic
`;

let launched: Launched;
let page: Page;
let inside: Listener;
let excluded: Listener;

test.beforeAll(async () => {
  launched = await launch();
  test.skip(launched.helper === null, 'needs root or sudo for the privileged helper');
  page = launched.page;
  await watching(page, 'full');
  await filter(page, '18060-18079');
  inside = await startListener('tcp:18060');
  excluded = await startListener('tcp:18061');
});
test.afterAll(async () => {
  for (const listener of [inside, excluded] as (Listener | undefined)[]) await listener?.end();
  await (launched as Launched | undefined)?.stop();
});

test('an error in a pasted configuration is told with its place, and nothing can be imported', async () => {
  const dialog = await openConfiguration(page, 'import');
  await expect(dialog.getByTestId('configuration-text')).toBeFocused();
  await dialog.getByTestId('configuration-text').fill(wrong);
  const problems = dialog.getByTestId('configuration-problems');
  await expect(problems).toContainText(/pasted\.yml:5:\d+/);
  await expect(dialog.getByTestId('configuration-mark')).toHaveAttribute('data-line', '5');
  await expect(dialog.getByTestId('configuration-replace')).toBeDisabled();
  await screenshot(page, 'configuration-error');
});

test('the mended configuration shows its criteria, is imported, and selects real processes', async () => {
  const dialog = page.getByTestId('configuration');
  await dialog.getByTestId('configuration-text').fill(right);
  await expect(dialog.getByTestId('configuration-good')).toHaveText('It holds 2 criteria');
  await expect(dialog.getByTestId('configuration-criterion').first()).toContainText('shop');
  await screenshot(page, 'configuration-good');
  await dialog.getByTestId('configuration-replace').click();
  await expect(dialog).toHaveCount(0);
  await expect(criterion(page, 'shop').getByTestId('criterion-matches')).toHaveText('1 now');
  await expect(lane(page, inside.pid)).toHaveAttribute('data-criterion', 'shop');
});

test('an exclusion wins over the inclusion before it', async () => {
  await expect(criterion(page, 'not this one')).toHaveAttribute('data-exclude');
  await expect(lane(page, excluded.pid)).toBeVisible();
  await expect(lane(page, excluded.pid)).not.toHaveAttribute('data-criterion');
});

test('a criterion tells what it would select while it is typed, and what others take from it', async () => {
  await page.getByTestId('add-criterion').click();
  await fillCriterion(page, { name: 'both', ports: '18060-18061' });
  const preview = page.getByTestId('criterion-preview');
  await expect(preview).toHaveAttribute('data-count', '2');
  await expect(preview).toContainText(`node ${String(inside.pid)}`);
  await expect(preview.getByTestId('criterion-taken')).toContainText('All are taken');
  await fillCriterion(page, { ports: '18061' });
  await expect(preview).toHaveAttribute('data-count', '1');
  const later = await startListener('tcp:18061', 'tcp:18062');
  try {
    await fillCriterion(page, { ports: '18060-18069', executable: 'no such program' });
    await expect(preview).toHaveAttribute('data-count', '0');
    await expect(preview).toContainText('Each condition alone selects:');
    await fillCriterion(page, { executable: '' });
    await expect(preview).toHaveAttribute('data-count', '3');
  } finally {
    await later.end();
  }
  await expect(preview, 'it goes with the world').toHaveAttribute('data-count', '2');
  await screenshot(page, 'criterion-preview');
  await page.getByTestId('more-conditions').click();
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toHaveCount(0);
  await expect(page.getByTestId('criterion-editor'), 'Escape closes one thing at a time').toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('criterion-editor')).toHaveCount(0);
  await expect(page.getByTestId('add-criterion'), 'the keyboard goes back').toBeFocused();
});

test('further conditions are added from a menu, by keyboard alone', async () => {
  await page.getByTestId('add-criterion').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('criterion-ports')).toBeFocused();
  await page.getByTestId('more-conditions').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: /^Arguments/ })).toBeVisible();
  await page.keyboard.type('PID');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('criterion-pids')).toBeFocused();
  await page.keyboard.type(`${String(inside.pid)}, x`);
  await expect(page.getByRole('alert')).toContainText('no PID');
  await page.keyboard.press('Backspace');
  await page.keyboard.type(String(excluded.pid));
  await expect(page.getByTestId('criterion-preview')).toHaveAttribute('data-count', '2');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('criterion-editor')).toHaveCount(0);
  await expect(criterion(page, `${String(inside.pid)}, ${String(excluded.pid)}`)).toBeFocused();
  await page.keyboard.press('Delete');
});

test('the export holds the criteria and what was kept, and is copied as it is shown', async () => {
  const dialog = await openConfiguration(page, 'export');
  const exported = dialog.getByTestId('configuration-exported');
  await expect(exported).toHaveValue(/name: shop/);
  await expect(exported).toHaveValue(/18060-18069/);
  await expect(exported).toHaveValue(/unmatched: heuristic/);
  await dialog.getByTestId('configuration-copy').click();
  await expect(dialog.getByText('Copied')).toBeVisible();
  const copied = await launched.app.evaluate(({ clipboard }) => clipboard.readText());
  expect(copied).toBe(await exported.inputValue());
  await screenshot(page, 'configuration-export');

  const path = join(launched.exportDir, 'beyla.yml');
  await answerSaveDialog(launched, path);
  await dialog.getByTestId('configuration-save').click();
  await expect(dialog.getByText(`Saved as ${path}`)).toBeVisible();
  expect(readFileSync(path, 'utf8')).toBe(copied);

  await dialog.getByRole('radio', { name: 'OpenTelemetry (OBI)' }).click();
  await expect(exported).toHaveValue(/instrument:/);
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(page.getByTestId('criteria-menu'), 'the keyboard goes back').toBeFocused();
});

test('a file is imported behind what is there, and undone as one edit', async () => {
  const path = join(launched.exportDir, 'more.yml');
  writeFileSync(
    path,
    'discovery:\n  services:\n    - name: behind\n      open_ports: 18070\n    - open_ports: 18071\n',
  );
  await launched.app.evaluate(({ dialog }, file) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [file] });
  }, path);
  await page.keyboard.press('Control+i');
  const dialog = page.getByTestId('configuration');
  await dialog.getByTestId('configuration-open').click();
  await expect(dialog).toContainText('more.yml');
  await dialog.getByTestId('configuration-add').click();
  await expect(page.getByTestId('criterion')).toHaveCount(4);
  await criterion(page, 'behind').focus();
  await page.keyboard.press('Control+z');
  await expect(page.getByTestId('criterion')).toHaveCount(2);
  await expect(criterion(page, 'shop')).toBeVisible();
});

test('a file is read that is dropped on the dialog', async () => {
  const dialog = await openConfiguration(page, 'import');
  const transfer = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['discovery:\n  services:\n    - open_ports: [\n'], 'dropped.yml'));
    return data;
  });
  await dialog.getByTestId('configuration-text').dispatchEvent('drop', { dataTransfer: transfer });
  await expect(dialog.getByTestId('configuration-problems')).toContainText(/dropped\.yml:\d+:\d+/);
  await dialog.getByRole('button', { name: 'Clear' }).click();
  await expect(dialog.getByTestId('configuration-text')).toHaveValue('');
  await page.keyboard.press('Escape');
});

test('a file that is no configuration is refused in words', async () => {
  const path = join(launched.exportDir, 'picture.yml');
  writeFileSync(path, Buffer.from([0x89, 0x50, 0xff]));
  await launched.app.evaluate(({ dialog }, file) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [file] });
  }, path);
  const dialog = await openConfiguration(page, 'import');
  await dialog.getByTestId('configuration-open').click();
  await expect(dialog.getByRole('alert')).toContainText(`${path} is not text in UTF-8`);
  await page.keyboard.press('Escape');
});

test('counting ports as Beyla does is switched in the panel and stays visible', async () => {
  await page.getByTestId('criteria-menu').click();
  await page.getByRole('menuitemcheckbox', { name: /Count ports as Beyla does/ }).click();
  await expect(page.getByTestId('as-beyla')).toBeVisible();
  await page.keyboard.press('Escape');
  await screenshot(page, 'as-beyla');
  await page.getByTestId('as-beyla').getByRole('button', { name: 'Turn off' }).click();
  await expect(page.getByTestId('as-beyla')).toHaveCount(0);
});

test('a criterion with every further condition, and a long name, fits the panel', async () => {
  const name = 'one of a name so long that it cannot fit the panel';
  await page.getByTestId('add-criterion').click();
  await fillCriterion(page, { name, ports: '18060' });
  const more = page.getByTestId('more-conditions');
  while (await more.isEnabled()) {
    await more.click();
    await page.getByRole('menuitem').first().click();
    await expect(page.getByRole('menu')).toHaveCount(0);
  }
  await expect(page.getByTestId('criterion-preview')).toBeVisible();
  const panel = page.getByTestId('criteria');
  const tooWide = (): Promise<number> => panel.evaluate((node) => node.scrollWidth - node.clientWidth);
  expect(await tooWide()).toBe(0);
  await screenshot(page, 'criterion-all-conditions');
  await page.getByTestId('criterion-name').focus();
  const tooHigh = await panel.evaluate((node) => {
    let most = 0;
    for (let each: Element | null = node; each; each = each.parentElement) {
      most = Math.max(most, each.scrollHeight - each.clientHeight);
    }
    return most;
  });
  expect(tooHigh, 'only the list scrolls').toBe(0);
  await page.getByTestId('criterion-save').click();
  await expect(criterion(page, name)).toBeVisible();
  expect(await tooWide()).toBe(0);
});

import { expect, test } from '@playwright/test';
import { createHome } from './support/home.js';
import { launch, type Launched } from './support/launch.js';
import { addCriterion, criterion, fillCriterion, screenshot } from './support/window.js';

let launched: Launched;
test.beforeAll(async () => {
  launched = await launch({ helper: false });
});
test.afterAll(async () => {
  await (launched as Launched | undefined)?.stop();
});

test('every malformed port text is an error at the field, and the old value stays in force', async () => {
  const { page } = launched;
  await addCriterion(page, { name: 'kept', ports: '8000-8999' });
  await criterion(page, 'kept').dblclick();
  for (const [text, message] of [
    [',', /expected a port/],
    ['-', /expected a port/],
    ['1a', /expected a comma/],
    [',33', /expected a port/],
    ['33,', /missing at the end/],
    ['32,15-', /missing at the end/],
    ['12,-13', /expected a port/],
    ['80 81', /comma is missing/],
    ['0x50', /lowest port is 1/],
    ['80;81', /expected a comma/],
    ['70000', /above 65535/],
    ['8999-8000', /backwards.*8000-8999/],
    ['100-0', /lowest port is 1/],
    ['0', /lowest port is 1/],
  ] as const) {
    const editor = await fillCriterion(page, { ports: text });
    await expect(editor.getByRole('alert'), text).toContainText(message);
    await expect(editor.getByTestId('criterion-ports'), text).toHaveAttribute('aria-invalid', 'true');
    await editor.getByTestId('criterion-save').click();
    await expect(editor, `${text} is not saved`).toBeVisible();
  }
  await screenshot(page, 'criterion-error');
  const saved = await page.evaluate(() => window.bindscope.invoke('settings:get', undefined));
  expect(saved.criteria.map(({ selectors }) => selectors.openPorts)).toEqual(['8000-8999']);
  await page.keyboard.press('Escape');
  await expect(criterion(page, 'kept').getByTestId('criterion-ports-text')).toContainText('8000-8999');
});

test('an executable pattern that RE2 refuses is told by the engine, at the field', async () => {
  const { page } = launched;
  await page.getByTestId('add-criterion').click();
  const editor = await fillCriterion(page, { name: 'broken', executable: 'node(' });
  await expect(editor.getByTestId('criterion-executable')).toHaveAttribute('aria-invalid', 'true');
  await fillCriterion(page, { executable: 'node$' });
  await expect(editor.getByTestId('criterion-executable')).toHaveAttribute('aria-invalid', 'false');
  await page.keyboard.press('Escape');
});

test('criteria can be disabled, reordered, deleted and brought back', async () => {
  const { page } = launched;
  await addCriterion(page, { name: 'second', ports: '5432' });
  const names = (): Promise<(string | null)[]> =>
    page
      .getByTestId('criterion')
      .evaluateAll((cards) => cards.map((card) => card.getAttribute('aria-label')));
  expect(await names()).toEqual(['kept', 'second']);
  await criterion(page, 'second').focus();
  await page.keyboard.press('Alt+ArrowUp');
  await expect.poll(names).toEqual(['second', 'kept']);
  await criterion(page, 'second').getByRole('switch').click();
  await expect(criterion(page, 'second')).toHaveAttribute('data-off');
  await criterion(page, 'second').focus();
  await page.keyboard.press('Delete');
  await expect.poll(names).toEqual(['kept']);
  await page.keyboard.press('Control+z');
  await expect.poll(names).toEqual(['second', 'kept']);
});

test('criteria are there again after a restart', async () => {
  const home = createHome();
  try {
    const first = await launch({ helper: false, home });
    await addCriterion(first.page, { name: 'lasting', ports: '3000, 5173' });
    await first.stop();
    const second = await launch({ helper: false, home });
    await expect(criterion(second.page, 'lasting').getByTestId('criterion-ports-text')).toContainText('5173');
    await second.stop();
  } finally {
    home.remove();
  }
});

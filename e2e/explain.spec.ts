import { expect, test, type Locator, type Page } from '@playwright/test';
import { noSelectors, type Criterion, type CriterionId, type Selectors } from '../contract/index.js';
import { launch, type Launched } from './support/launch.js';
import { startListener, type Listener } from './support/listener.js';
import { filter, lane, screenshot, watching } from './support/window.js';

test.describe.configure({ mode: 'serial' });

const port = 18821;

let launched: Launched;
let page: Page;
let listener: Listener;

const made = (name: string, selectors: Partial<Selectors>, over: Partial<Criterion> = {}): Criterion => ({
  id: name as CriterionId,
  name,
  namespace: null,
  enabled: true,
  exclude: false,
  kept: {},
  ...over,
  selectors: { ...noSelectors, ...selectors },
});
const configure = (criteria: readonly Criterion[]): Promise<unknown> =>
  // As text: the types of what Playwright hands over do not bear a value of any depth.
  page.evaluate(
    (text) => window.bindscope.invoke('settings:update', { criteria: JSON.parse(text) as never }),
    JSON.stringify(criteria),
  );
const evaluation = (name: string): Locator =>
  page.locator(`[data-testid="evaluation"][data-criterion="${name}"]`);
const condition = (name: string, selector: string): Locator =>
  evaluation(name).locator(`[data-testid="condition"][data-selector="${selector}"]`);
const opened = async (name: string): Promise<void> => {
  const head = evaluation(name).getByRole('button').first();
  if ((await head.getAttribute('aria-expanded')) === 'false') await head.click();
};

test.beforeAll(async () => {
  launched = await launch();
  test.skip(launched.helper === null, 'needs root or sudo for the privileged helper');
  page = launched.page;
  await watching(page, 'full');
  listener = await startListener(`tcp:${String(port)}`, 'udp:0');
  await filter(page, String(port));
  await lane(page, listener.pid).getByRole('button').first().click();
});
test.afterAll(async () => {
  await (listener as Listener | undefined)?.end();
  await (launched as Launched | undefined)?.stop();
});

test('a criterion that does not select it says which condition fails, with what was seen', async () => {
  await configure([
    made('python web', {
      openPorts: '18000-18999',
      executable: { syntax: 'regex', text: 'python3$' },
    }),
  ]);
  await expect(evaluation('python web')).toHaveAttribute('data-role', 'fails');
  await opened('python web');
  await expect(condition('python web', 'open_ports').first()).toHaveAttribute('data-held');
  await expect(condition('python web', 'open_ports')).toContainText(String(port));
  await expect(condition('python web', 'exe_path')).not.toHaveAttribute('data-held');
  await expect(condition('python web', 'exe_path')).toContainText('node');
  await expect(page.getByTestId('verdict-summary')).not.toBeEmpty();
});

test('the first that holds selects it, a later one holds in vain, one that is off is listed as such', async () => {
  await configure([
    made('python web', { executable: { syntax: 'regex', text: 'python3$' } }),
    made('web', { openPorts: '18000-18999' }),
    made('node', { executable: { syntax: 'glob', text: '*/node' } }),
    made('sleeping', { openPorts: '1' }, { enabled: false }),
  ]);
  await expect(evaluation('web')).toHaveAttribute('data-role', 'selects');
  await expect(evaluation('node')).toHaveAttribute('data-role', 'holds');
  await expect(evaluation('python web')).toHaveAttribute('data-role', 'fails');
  await expect(page.getByTestId('evaluation-off')).toContainText('sleeping');
  await expect(page.getByTestId('verdict-summary')).toContainText('web');
  await opened('node');
  await page.evaluate(() => window.bindscope.invoke('settings:update', { theme: 'dark' }));
  await page.waitForTimeout(300);
  await screenshot(page, 'explain-dark');
});

test('an exclusion keeps it out, wherever it stands, and is named', async () => {
  await configure([
    made('web', { openPorts: '18000-18999' }),
    made('no node', { executable: { syntax: 'regex', text: '/node$' } }, { exclude: true }),
  ]);
  await expect(evaluation('no node')).toHaveAttribute('data-role', 'excludes');
  await expect(evaluation('no node')).toContainText('keeps it out');
  await expect(evaluation('web')).toHaveAttribute('data-role', 'holds');
  await expect(page.getByTestId('verdict-summary')).toContainText('no node');
  await expect(lane(page, listener.pid)).not.toHaveAttribute('data-criterion');
  await page.evaluate(() => window.bindscope.invoke('settings:update', { theme: 'light' }));
  await page.waitForTimeout(300);
  await screenshot(page, 'explain-light');
});

test('who it is: the language of its executable, told with what told it', async () => {
  await expect(page.getByTestId('details-language')).toContainText('Node.js');
});

test('a criterion made of it selects it', async () => {
  await configure([]);
  await page.getByTestId('make-criterion').click();
  await page.getByTestId('criterion-save').click();
  await expect(page.getByTestId('criterion-editor')).toHaveCount(0);
  await expect(lane(page, listener.pid)).toHaveAttribute('data-criterion');
});

import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { dashboard } from 'tollgate/dashboard';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeAfterTest } from '../public/harness.ts';
import { CANARY_KEY, CANARY_PROMPT, call, eventful, MARKUP, type Stage, served, stage } from './stage.ts';

const SHOTS = process.env.DASHBOARD_SHOTS;
const VIEWS = ['overview', 'spend', 'deployments', 'calls', 'refusals', 'plan'];

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}, 60_000);
afterAll(() => browser?.close());

interface Opened extends Stage {
  readonly page: Page;
  readonly complaints: string[];
}

/** The page under a path prefix, over a gateway with calls of every outcome. */
async function opened(options: BrowserContextOptions = {}, path = '/deep/prefix/board'): Promise<Opened> {
  const made = await stage();
  const { gateway } = made;
  await call(gateway, 'm', { team: 'search', app: 'shop' });
  await call(gateway, 'm', { team: MARKUP, app: MARKUP });
  await call(gateway, 'pair', { team: 'search' });
  for (let failed = 0; failed < 5; failed += 1) await call(gateway, 'lost', { team: 'ads' });
  await call(gateway, 'm', { team: 'poor' });
  await call(gateway, 'm', { team: 'poor' });
  await call(gateway, MARKUP, { team: 'search' });
  return openedOver(made, options, path);
}

async function openedOver(made: Stage, options: BrowserContextOptions, path = '/board'): Promise<Opened> {
  const origin = await served(made.board);
  const context = await browser.newContext(options);
  closeAfterTest(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())));
  page.on('pageerror', (error) => void complaints.push(String(error)));
  await page.goto(`${origin}${path}`);
  await page.getByRole('heading', { name: 'Budgets' }).waitFor();
  return { ...made, page, complaints };
}

async function show(page: Page, view: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(view)}`);
  await page
    .locator(`main[data-key="${view.split('?')[0]}"] h2`)
    .first()
    .waitFor();
}

describe('the page of the dashboard', { timeout: 120_000 }, () => {
  it('shows each view without a word in the console, in both themes and widths', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 390]) {
        const { page, complaints } = await opened({ colorScheme, viewport: { width, height: 900 } });
        for (const view of VIEWS) {
          await show(page, view);
          const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
          expect({ view, width, overflow }).toEqual({ view, width, overflow: 0 });
          if (SHOTS) await page.screenshot({ path: `${SHOTS}/${view}-${colorScheme}-${width}.png`, fullPage: true });
        }
        expect(complaints).toEqual([]);
      }
    }
  });

  it.each(['light', 'dark'] as const)('passes axe in each view, %s', async (colorScheme) => {
    const { page, board } = await opened({ colorScheme, viewport: { width: 390, height: 844 } });
    await page.evaluate(axe.source);
    const { id } = await failedOver(board);
    for (const view of [...VIEWS, `call?id=${id}`]) {
      await show(page, view);
      const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
      expect({ view, found: violations.map((one) => [one.id, one.nodes.map(({ html }) => html)]) }).toEqual({ view, found: [] });
    }
  });

  it('shows what cache, guards, runs, downgrades and changes by hand did, without a word in the console', async () => {
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 390],
    ] as const) {
      const { page, board, complaints } = await openedOver(await eventful(), { colorScheme, viewport: { width, height: 900 } });
      await page.getByText('by ada: the launch').waitFor();
      await page.getByText('by ben: a test ran wild').waitFor();
      await page.evaluate(axe.source);
      for (const view of ['overview', 'calls', 'refusals', `call?id=${await lastOf('redacted', board)}`]) {
        await show(page, view);
        const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
        const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
        expect({ view, overflow, found: violations.map(({ id }) => id) }).toEqual({ view, overflow: 0, found: [] });
        if (SHOTS)
          await page.screenshot({
            path: `${SHOTS}/eventful-${view.replace(/\W.*/, '')}-${colorScheme}-${width}.png`,
            fullPage: true,
          });
      }
      expect(complaints).toEqual([]);
    }
  });

  it('tells in words what the cache, a guard, a run and a downgrade did for a call', async () => {
    const { page } = await openedOver(await eventful(), {});
    const whyOf = async (filter: string, words: string) => {
      await show(page, `calls?${filter}`);
      await page.getByRole('link', { name: /^why/ }).first().click();
      await page.getByText(words).waitFor();
    };
    await whyOf('only=cached', 'The cache answered.');
    await whyOf('caller.team=redacted', 'The guard people redacted the input: pattern ×1.');
    await whyOf('caller.team=blocked', 'The guard codewords blocked the input: pattern ×1.');
    await whyOf('only=downgraded', 'A budget led the call from m to free.');
    await whyOf('run=night-shift&outcome=denied', 'It ended with run_limit: run');
    await show(page, 'overview');
    await page.getByText('leads to free').first().waitFor();
    await show(page, 'refusals');
    await page.getByText("run 'night-shift' has reached maxCalls").waitFor();
    await page.getByText("the guard 'codewords' refuses the input: pattern").waitFor();
  });

  it('is live: a call shows in its budget and in the figures without a reload', async () => {
    const { page, gateway } = await opened();
    const figure = page.locator('.figure', { hasText: 'Calls' }).nth(1).locator('.value');
    await expect.poll(() => figure.textContent(), { timeout: 20_000 }).toBe('11');
    await call(gateway, 'm', { team: 'search' });
    await expect.poll(() => figure.textContent(), { timeout: 20_000 }).toBe('12');
  });

  it('filters calls by team, and leads from a budget to its calls and from a call to its reasons', async () => {
    const { page } = await opened();
    await show(page, 'calls');
    await page.getByLabel('Team').selectOption('ads');
    await expect.poll(() => page.locator('tbody tr').count(), { timeout: 20_000 }).toBe(5);
    await show(page, 'overview');
    await page.locator('tr', { hasText: 'team search' }).getByRole('link', { name: 'teams' }).click();
    await expect.poll(() => page.locator('tbody tr').count(), { timeout: 20_000 }).toBe(3);
    await show(page, 'calls?only=failovers');
    await page.getByRole('link', { name: /^why/ }).first().click();
    await page.getByText('down/m failed (overloaded (503)): the call went on to one/m.').waitFor();
    expect(await page.locator('.waterfall li').count()).toBe(2);
  });

  it('leads from a budget without counters of its own to the calls that it counts', async () => {
    const { page } = await opened();
    await page.locator('tr', { hasText: 'team poor · requests' }).getByRole('link', { name: 'small' }).click();
    await expect.poll(() => page.locator('tbody tr').count(), { timeout: 20_000 }).toBe(2);
    await page.getByText('used up').or(page.getByText('refused')).first().waitFor();
  });

  it('shows the budgets used most, and the rest when asked', async () => {
    const made = await stage({ budgets: [{ name: 'teams', each: 'team', limit: { requests: 9 }, window: 'day' }] });
    for (let team = 0; team < 10; team += 1) await call(made.gateway, 'm', { team: `t${team}` });
    const { page } = await openedOver(made, {});
    const rows = page.locator('#section-budgets').locator('xpath=ancestor::section').locator('tbody tr');
    await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(8);
    await page.getByRole('link', { name: 'Show 2 more' }).click();
    await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(10);
  });

  it('plans the call that it offers as an example', async () => {
    const { page } = await opened();
    await show(page, 'plan');
    await page.getByRole('button', { name: 'What would happen?' }).click();
    await page.getByText('allowed', { exact: true }).waitFor();
  });

  it('comes back by itself when what stands before the server could not reach it for a while', async () => {
    const made = await stage();
    let now: Stage['board'] | number = made.board;
    const before = async (request: Request, context?: unknown) =>
      typeof now === 'number' ? new Response('', { status: now }) : now(request, context);
    const { page } = await openedOver({ ...made, board: Object.assign(before, { close() {} }) }, {});
    const status = page.getByRole('status');
    await status.getByText('live').waitFor();
    now = 502;
    made.board.close();
    await status.getByText('reconnecting').waitFor();
    now = 401;
    await status.getByText('signed out').waitFor();
    const further = dashboard(made.gateway);
    closeAfterTest(async () => further.close());
    now = further;
    await status.getByText('live').waitFor();
  });

  it('says of a call that is no longer remembered so, and asks no more', async () => {
    const { page } = await opened();
    const asked: string[] = [];
    page.on('request', (request) => void (request.url().includes('file=call&') && asked.push(request.url())));
    await show(page, 'call?id=req_gone');
    await page.getByText('This call is no longer remembered').waitFor();
    const { length } = asked;
    await show(page, 'overview');
    await show(page, 'call?id=req_gone');
    await page.getByText('This call is no longer remembered').waitFor();
    expect(asked.length).toBe(length);
  });

  it('renders names with markup as text, and shows no prompt and no key', async () => {
    const { page } = await opened();
    for (const view of VIEWS.filter((name) => name !== 'plan')) {
      await show(page, view);
      expect(await page.locator('img').count()).toBe(0);
      const text = await page.content();
      expect(text).not.toContain(CANARY_PROMPT);
      expect(text).not.toContain(CANARY_KEY);
    }
    await show(page, 'calls');
    await page.getByRole('cell', { name: MARKUP, exact: true }).first().waitFor();
    expect(await page.title()).toBe('Calls · Tollgate');
  });

  it('tells what would become of a call that is typed in', async () => {
    const { page } = await opened();
    await show(page, 'plan');
    await page.getByLabel('Caller').fill('{ "team": "poor" }');
    await page.getByLabel('Call', { exact: true }).fill('{ "model": "m", "messages": [{ "role": "user", "content": "hi" }] }');
    await page.getByRole('button', { name: 'What would happen?' }).click();
    await page.getByText('refused', { exact: true }).waitFor();
    await page.getByLabel('Call', { exact: true }).fill('{ nonsense');
    await page.getByRole('button', { name: 'What would happen?' }).click();
    await page.getByText('expected JSON').waitFor();
  });

  it('keeps its theme, pauses, and is reached by the keyboard', async () => {
    const { page } = await opened({}, '/board/');
    await page.getByRole('button', { name: /^Theme/ }).click();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('light');
    await page.getByRole('button', { name: 'Pause' }).press('Enter');
    await page.getByRole('status').getByText('paused').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Budgets' }).waitFor();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('light');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('To the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement?.id')).toBe('main');
  });
});

async function lastOf(team: string, board: Stage['board']): Promise<string> {
  const response = await board(new Request(`http://localhost/?file=calls&caller.team=${team}`));
  return ((await response.json()) as { id: string }[])[0]?.id ?? '';
}

async function failedOver(board: Stage['board']): Promise<{ id: string }> {
  const response = await board(new Request('http://localhost/?file=calls&only=failovers'));
  return ((await response.json()) as { id: string }[])[0] ?? { id: '' };
}

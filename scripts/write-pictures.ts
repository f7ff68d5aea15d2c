/**
 * The pictures of the README, `docs/images/`: the text of `npm run demo` and the dashboard over its traffic, both as they are.
 * Needs chromium: `npm run pictures`, after a change that can be seen.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../', import.meta.url));
/** So much traffic shows a failover and a budget that runs out. */
const TRAFFIC_MS = 25_000;

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
await pictureOfDemo(browser);
await pictureOfDashboard(browser);
await browser.close();

async function pictureOfDemo(from: Browser): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/demo/index.ts'], { cwd: root });
  const page = await from.newPage({ viewport: { width: 760, height: 10 } });
  const text = stdout.trim().replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  await page.setContent(
    `<body style="margin:0;background:#15181d"><pre style="margin:0;padding:20px 24px;color:#dfe3ea;font:13px/1.45 monospace">${text}</pre>`,
  );
  await page.screenshot({ path: `${root}docs/images/demo.png`, fullPage: true });
  await page.close();
}

async function pictureOfDashboard(from: Browser): Promise<void> {
  const demo = spawn(process.execPath, ['examples/demo/index.ts', '--dashboard'], { cwd: root });
  const [printed] = (await once(demo.stdout, 'data')) as [Buffer];
  const [address = ''] = /http:\/\/127\.0\.0\.1:\d+\//.exec(String(printed)) ?? [];
  const page = await from.newPage({ viewport: { width: 1120, height: 720 } });
  await page.goto(address);
  await wait(TRAFFIC_MS);
  await page.screenshot({ path: `${root}docs/images/dashboard.png` });
  await page.close();
  demo.kill('SIGINT');
}

import { Gateway } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { startFaultServer } from '../support/fault-server.ts';

describe('an operation that names no model', () => {
  it('costs nothing, so that a money budget does not refuse it for want of a price', async () => {
    const server = await startFaultServer((exchange) => exchange.answer(200, { object: 'list', data: [], has_more: false }));
    const gateway = new Gateway({
      providers: { openai: { apiKey: 'sk-test', baseURL: `${server.origin}/v1` } },
      budgets: [{ name: 'all', limit: { usd: 1, tokens: 1_000, requests: 10 }, window: 'day' }],
    });
    const page = await gateway.files.list();
    expect(page.data).toEqual([]);
    expect(await gateway.control.budgets()).toMatchObject([{ spent: { usd: 0, tokens: 0, requests: 1 }, reserved: { usd: 0 } }]);
    await gateway.close({ deadlineMs: 0 });
    await server.close();
  });
});

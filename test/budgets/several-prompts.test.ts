import { BudgetExceededError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { bodyOf, failureOf } from '../public/harness.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { stage } from './stage.ts';

/** Answers each prompt with all that it may have. */
function obedient(exchange: FaultExchange): Promise<void> {
  const { prompt, max_tokens = 0 } = bodyOf(exchange) as { prompt: unknown; max_tokens?: number };
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt.length : 1;
  const completion_tokens = prompts * max_tokens;
  return exchange.answer(200, {
    id: 'cmpl-1',
    object: 'text_completion',
    created: 1,
    model: 'm',
    choices: Array.from({ length: prompts }, (_, index) => ({ index, text: 'x', finish_reason: 'length', logprobs: null })),
    usage: { prompt_tokens: prompts, completion_tokens, total_tokens: prompts + completion_tokens },
  });
}

const strict = (usd: number, more: object = {}) => [{ name: 'b', limit: { usd }, window: 'day' as const, ...more }];

describe('a text completion of several prompts is bounded by an answer to each of them', () => {
  it.each([[Array.from({ length: 100 }, () => 'x')], [Array.from({ length: 100 }, () => [1, 2])]])('%#', async (prompt) => {
    const { gateway, sent, budget } = await stage({ budgets: strict(0.05) }, obedient);
    const params = { model: 'm', prompt: prompt as string[], max_tokens: 1_000 };
    expect(await failureOf(gateway.completions.create(params))).toBeInstanceOf(BudgetExceededError);
    expect(sent()).toHaveLength(0);
    expect(await budget()).toMatchObject({ spent: { usd: 0 }, reserved: { usd: 0 } });
  });

  it('a list of token ids is one prompt', async () => {
    const { gateway, sent } = await stage({ budgets: strict(0.003) }, obedient);
    await gateway.completions.create({ model: 'm', prompt: [1, 2, 3], max_tokens: 1_000 });
    expect(sent()).toHaveLength(1);
  });

  it('a clamp leaves each of them its share', async () => {
    const { gateway, sent, budget } = await stage({ budgets: strict(0.01, { onExceed: 'clamp' }) }, obedient);
    await gateway.completions.create({ model: 'm', prompt: Array.from({ length: 50 }, () => 'x'), max_tokens: 1_000 });
    expect(sent()[0]?.max_tokens).toBeLessThanOrEqual(100);
    expect((await budget()).spent.usd).toBeLessThanOrEqual(0.01);
  });
});

describe('an answer with tokens of a class that has no known rate', () => {
  it('is charged what is known of it, where that is more than was held', async () => {
    const usage = {
      prompt_tokens: 1_000,
      completion_tokens: 20_000,
      total_tokens: 21_000,
      completion_tokens_details: { image_tokens: 15 },
    };
    const { gateway, budget } = await stage({ budgets: strict(1) }, (exchange) =>
      exchange.answer(200, {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: 'm',
        choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
        usage,
      }),
    );
    await gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hi' }], max_tokens: 100 });
    // 1,000 in at $1 and 19,985 out at $2 a million; the 15 images have no rate.
    expect((await budget()).spent.usd).toBe(0.040_97);
  });
});

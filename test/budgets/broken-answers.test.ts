import type { Gateway } from 'tollgate';
import { expect, it } from 'vitest';
import { failureOf, messages } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { stage } from './stage.ts';

const budgets = [{ name: 'b', limit: { requests: 100, tokens: 1_000_000, usd: 10 }, window: 'month' }] as const;
const TEXT = JSON.stringify(completion('a long answer, as no host gives it for nothing. '.repeat(20)));
const JSON_TYPE = { 'content-type': 'application/json' };

type Answer = (exchange: FaultExchange) => unknown;

const CHUNKED = { ...JSON_TYPE, 'transfer-encoding': 'chunked' };

/** A success, and the first part of its body. */
async function begin(exchange: FaultExchange, headers: Record<string, string>): Promise<void> {
  await exchange.head(200, headers);
  if (headers['transfer-encoding']) await exchange.chunk(TEXT.slice(0, 400));
  else await exchange.write(TEXT.slice(0, 400));
}

const BROKEN: Readonly<Record<string, Answer>> = {
  'its connection is reset': async (exchange) => {
    await begin(exchange, { ...JSON_TYPE, 'content-length': String(TEXT.length) });
    exchange.reset();
  },
  'its connection ends before its length': async (exchange) => {
    await begin(exchange, { ...JSON_TYPE, 'content-length': String(TEXT.length) });
    exchange.end();
  },
  'its connection ends inside a chunked body': async (exchange) => {
    await begin(exchange, CHUNKED);
    exchange.end();
  },
};

const NOT_MADE: Readonly<Record<string, Answer>> = {
  'what is not in its coding': (exchange) => exchange.answer(200, TEXT, { ...JSON_TYPE, 'content-encoding': 'gzip' }),
  'a page of a portal': (exchange) => exchange.answer(200, '<html>log in</html>', { 'content-type': 'text/html' }),
  'an error that broke off': async (exchange) => {
    await exchange.head(500, { ...JSON_TYPE, 'content-length': '400' });
    await exchange.write('{"error":');
    exchange.end();
  },
};

const asked = (gateway: Gateway) => gateway.chat.completions.create({ model: 'm', messages });

it.each(Object.entries(BROKEN))('a whole answer that broke off costs its input and what came: %s', async (_, answer) => {
  const { gateway, budget, server } = await stage({ budgets: [...budgets], retry: { maxAttempts: 1 } }, answer);
  await failureOf(asked(gateway));
  const { spent, reserved } = await budget();
  const { tokens = 0, usd = 0, requests } = spent;
  expect(server.requests).toHaveLength(1);
  expect([requests, reserved]).toEqual([1, { requests: 0, tokens: 0, usd: 0 }]);
  // Some 250 letters of the text came, each token of them at $2 a million; the input at $1.
  expect(tokens).toBeGreaterThan(60);
  expect(usd).toBeGreaterThan(tokens * 1e-6 + 40e-6);
  expect(usd).toBeLessThan(tokens * 2e-6);
});

it('its input is charged beside what the next attempt answers', async () => {
  const retry = { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 1 };
  const { gateway, budget } = await stage({ budgets: [...budgets], retry, clock: undefined }, (exchange) =>
    exchange.index === 0 ? BROKEN['its connection is reset']?.(exchange) : exchange.answer(200, completion('hi')),
  );
  await asked(gateway);
  const { tokens = 0, ...spent } = (await budget()).spent;
  expect(spent).toMatchObject({ requests: 1 });
  expect(tokens).toBeGreaterThan(15);
});

it.each(Object.entries(NOT_MADE))('what was never an answer costs nothing: %s', async (_, answer) => {
  const { gateway, budget } = await stage({ budgets: [...budgets], retry: { maxAttempts: 1 } }, answer);
  await failureOf(asked(gateway));
  expect((await budget()).spent).toEqual({ requests: 1, tokens: 0, usd: 0 });
});

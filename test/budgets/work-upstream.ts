import type { Gateway, GatewayConfig } from 'tollgate';
import { bodyOf, gatewayOf, upstream } from '../public/harness.ts';
import type { FaultExchange, FaultServer } from '../support/fault-server.ts';
import { TestClock } from '../support/test-clock.ts';
import { PRICES } from './stage.ts';

type Fields = Record<string, unknown>;

/** A server that plays OpenAI's for work that goes on: what is posted is queued until the test ends it. */
export class WorkUpstream {
  readonly clock = new TestClock();
  readonly works = new Map<string, Fields>();
  server!: FaultServer;
  /** Set by a test to answer what it wants to answer itself; true if it did. */
  answers: (exchange: FaultExchange) => Promise<boolean> | boolean = () => false;

  static async start(): Promise<WorkUpstream> {
    const made = new WorkUpstream();
    made.server = await upstream((exchange) => made.#answer(exchange));
    return made;
  }

  /** What the test decides of a piece of work. */
  end(id: string, fields: Fields): void {
    const work = this.works.get(id);
    if (work === undefined) throw new Error(`no work ${id}`);
    this.works.set(id, { ...work, ...fields });
  }

  gateway(config: Partial<GatewayConfig>): Gateway {
    return gatewayOf({
      providers: {
        one: { type: 'openai', apiKey: 'k', baseURL: `${this.server.origin}/one/v1` },
        two: { type: 'openai', apiKey: 'k', baseURL: `${this.server.origin}/two/v1` },
      },
      defaultProvider: 'one',
      models: { m: ['one/m'], second: ['two/m'] },
      prices: PRICES,
      clock: this.clock,
      random: () => 0.5,
      ...config,
    });
  }

  async #answer(exchange: FaultExchange): Promise<void> {
    if (await this.answers(exchange)) return;
    const { method, path } = exchange.request;
    const plain = (path.split('?')[0] ?? '').replace(/^\/(one|two)\/v1/, '');
    if (method === 'GET') return this.#read(exchange, plain);
    const [, kind, id] =
      /^\/(responses|batches|threads\/[^/]+\/runs)\/([^/]+)\/(?:cancel|submit_tool_outputs)$/.exec(plain) ?? [];
    if (kind !== undefined && id !== undefined) {
      if (plain.endsWith('/cancel')) this.end(id, { status: 'cancelled' });
      return exchange.answer(200, this.works.get(id));
    }
    return exchange.answer(200, this.#begin(plain, exchange));
  }

  #read(exchange: FaultExchange, path: string): Promise<void> {
    if (path === '/batches') return exchange.answer(200, { object: 'list', data: [...this.works.values()], has_more: false });
    const work = this.works.get(path.split('/').at(-1) ?? '');
    return work === undefined
      ? exchange.answer(404, { error: { message: 'not found', code: 'not_found' } })
      : exchange.answer(200, work);
  }

  #begin(path: string, exchange: FaultExchange): Fields {
    if (path === '/files') return { id: `file-${this.server.requests.length}`, object: 'file', purpose: 'batch' };
    const { object, prefix, status } = KINDS.find(({ pattern }) => pattern.test(path)) ?? OTHER;
    const id = `${prefix}_${this.works.size + 1}`;
    const { model } = bodyOf(exchange);
    const work = {
      id,
      object,
      status,
      model,
      usage: null,
      ...(object === 'response' && { background: true, output: [], error: null }),
    };
    this.works.set(id, work);
    return work;
  }
}

const OTHER = { object: 'thing', prefix: 'thing', status: 'done' };
const KINDS = [
  { pattern: /^\/responses$/, object: 'response', prefix: 'resp', status: 'queued' },
  { pattern: /^\/batches$/, object: 'batch', prefix: 'batch', status: 'validating' },
  { pattern: /\/runs$/, object: 'thread.run', prefix: 'run', status: 'queued' },
  { pattern: /^\/videos$/, object: 'video', prefix: 'video', status: 'queued' },
];

export function responsesUsage(input: number, output: number) {
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  };
}

/** A budget of each unit, for each team. */
export const TEAM_BUDGETS: GatewayConfig['budgets'] = [
  { name: 'team', each: 'team', limit: { usd: 1, tokens: 200_000, requests: 1_000 }, window: 'lifetime' },
];

export interface Counter {
  readonly spent: Record<string, number>;
  readonly reserved: Record<string, number>;
}

/** What a team's counter stands at. */
export async function counterOf(gateway: Gateway, team: string): Promise<Counter> {
  const [found] = await gateway.control.budgets({ team });
  return { spent: found?.spent ?? {}, reserved: found?.reserved ?? {} };
}

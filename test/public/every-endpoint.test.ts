import { APIResource } from 'openai/core/resource';
import type { Gateway } from 'tollgate';
import { describe, expect, it } from 'vitest';
import type { FaultRequest } from '../support/fault-server.ts';
import { gatewayOf, providersAt, upstream } from './harness.ts';

/** Ids that resources ask for beside the first argument, and what paths that cost take. */
const PARAMS = {
  ...Object.fromEntries(
    [
      'agent_id',
      'batch_id',
      'certificate_ids',
      'container_id',
      'conversation_id',
      'credential_id',
      'environment_id',
      'eval_id',
      'external_key_id',
      'file_id',
      'fine_tuned_model_checkpoint',
      'group_id',
      'item_id',
      'message_id',
      'output_item_id',
      'permission_id',
      'project_id',
      'response_id',
      'role_id',
      'run_id',
      'session_id',
      'service_account_id',
      'skill_id',
      'step_id',
      'thread_id',
      'upload_id',
      'user_id',
      'vault_id',
      'vector_store_id',
      'version',
    ].map((name) => [name, 'id_1']),
  ),
  model: 'fast',
  input: 'hello',
  prompt: 'hello',
  messages: [{ role: 'user', content: 'hello' }],
  voice: 'alloy',
  input_file_id: 'file_1',
  file: new File(['hello'], 'hello.txt'),
  purpose: 'assistants',
  tool_resources: { file_search: { vector_stores: [{ file_ids: ['file_1'] }] } },
};

/** What no vendor bills, by method and path. */
const FREE = [
  /^(GET|DELETE) /,
  /^POST \/chat\/completions\/id_1$/,
  /^POST \/(files|uploads)$/,
  /^POST \/uploads\/id_1\/(parts|complete|cancel)$/,
  /^POST \/(batches|responses|chatkit\/sessions|evals\/id_1\/runs|threads\/id_1\/runs|fine_tuning\/jobs)\/id_1\/(cancel|pause)$/,
  /^POST \/vector_stores\/id_1(\/files\/id_1|\/file_batches\/id_1\/cancel)?$/,
  /^POST \/conversations(\/id_1|\/id_1\/items)?$/,
  /^POST \/threads\/id_1\/(messages(\/id_1)?|runs\/id_1)$/,
  /^POST \/(assistants|threads)(\/id_1)?$/,
  /^POST \/evals(\/id_1)?$/,
  /^POST \/responses\/input_tokens$/,
  /^POST \/containers\/id_1\/files$/,
  /^POST \/fine_tuning\/(alpha\/graders\/validate|checkpoints\/id_1\/permissions)$/,
  /^POST \/(realtime\/calls|live\/sessions)\/id_1\/(hangup|reject|refer)$/,
  /^POST \/webhook_endpoints/,
  /^POST \/(organization|projects)\/(?!.*(api_keys|service_accounts|workload_identity))/,
];

interface Endpoint {
  readonly name: string;
  readonly call: (...parameters: unknown[]) => unknown;
}

// Reads, and helpers that call others again and again.
const READS = /^(?:list|retrieve|delete|content|download)|poll|wait|stream|runTools/i;

/** Every method of a resource of the client's, and of those below it, that does more than read. */
function* endpointsOf(resource: object, name = ''): Generator<Endpoint> {
  for (const [key, value] of Object.entries(resource)) {
    if (value instanceof APIResource && key !== '_client') yield* endpointsOf(value, `${name}${key}.`);
  }
  for (let type = Object.getPrototypeOf(resource); type instanceof APIResource; type = Object.getPrototypeOf(type)) {
    for (const key of Object.getOwnPropertyNames(type)) {
      const method = Reflect.get(resource, key);
      if (key === 'constructor' || key.startsWith('_') || READS.test(key)) continue;
      if (typeof method === 'function') yield { name: `${name}${key}`, call: method.bind(resource) };
    }
  }
}

/** Calls each with what it may take: params, an id, or both. */
async function callAll(gateway: Gateway): Promise<number> {
  const endpoints = [...endpointsOf(gateway)];
  for (const { call } of endpoints) {
    for (const given of [[PARAMS], ['id_1', PARAMS], ['id_1', 'id_1', PARAMS], ['id_1']]) {
      try {
        await call(...given);
      } catch {
        // Most take other arguments, and those that cost are refused.
      }
    }
  }
  return endpoints.length;
}

function nameOf({ method, path, body }: FaultRequest): string {
  const plain = path.replace('/one/v1', '').split('?', 1)[0];
  return `${method} ${plain}${/^\{.*vector_stores/.test(String(body)) ? ' with a vector store' : ''}`;
}

describe('the endpoints of the installed client', () => {
  it('that may cost are refused where no money may be spent, every one', async () => {
    const server = await upstream((exchange) => exchange.answer(200, { id: 'id_1', object: 'thing', data: [] }));
    const gateway = gatewayOf({
      providers: providersAt(server, 'one'),
      models: { fast: [{ provider: 'one', model: 'm', price: { input: 1, output: 2 } }] },
      budgets: [{ name: 'none', limit: { usd: 0 }, window: 'day' }],
      defaultProvider: 'one',
    });
    const count = await callAll(gateway);
    const sent = new Set(server.requests.map(nameOf));
    expect(count).toBeGreaterThan(100);
    expect(sent.size).toBeGreaterThan(40);
    expect([...sent].filter((request) => !FREE.some((pattern) => pattern.test(request)))).toEqual([]);
  });
});

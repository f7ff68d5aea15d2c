import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isEndpoint } from '../../src/gateway/doors/operations.ts';
import { costOfPath } from '../../src/ledger/operation-cost.ts';

/**
 * What each path of the client that is asked by POST was judged to cost: `model` is what its model costs, or nobody knows
 * if it names none; `label` the same, or nothing if it names none. One that is new to the installed client stands in none.
 */
const JUDGED = {
  unpriced: [
    '/agents',
    '/agents/:id',
    '/agents/automations',
    '/agents/automations/:id',
    '/agents/automations/:id/invocations',
    '/agents/automations/:id/pause',
    '/agents/automations/:id/resume',
    '/agents/environments',
    '/agents/environments/:id/files',
    '/agents/environments/templates',
    '/agents/environments/templates/:id',
    '/agents/sessions',
    '/agents/sessions/:id',
    '/agents/sessions/:id/events',
    '/batches',
    '/chatkit/sessions',
    '/containers',
    '/evals/:id/runs',
    '/fine_tuning/alpha/graders/run',
    '/fine_tuning/jobs',
    '/fine_tuning/jobs/:id/resume',
    '/live/sessions',
    '/live/sessions/:id/accept',
    '/live/sessions/:id/fork',
    '/organization/admin_api_keys',
    '/organization/projects/:id/api_keys/:id',
    '/organization/projects/:id/service_accounts',
    '/organization/projects/:id/service_accounts/:id',
    '/organization/projects/:id/service_accounts/:id/api_keys',
    '/organization/workload_identity_providers',
    '/organization/workload_identity_providers/:id',
    '/organization/workload_identity_providers/:id/federation_rules',
    '/organization/workload_identity_providers/:id/federation_rules/:id',
    '/realtime/calls',
    '/realtime/calls/:id/accept',
    '/realtime/client_secrets',
    '/realtime/sessions',
    '/realtime/transcription_sessions',
    '/realtime/translations/client_secrets',
    '/vector_stores',
    '/vector_stores/:id/file_batches',
    '/vector_stores/:id/files',
    '/vector_stores/:id/search',
    '/videos',
    '/videos/:id/remix',
    '/videos/characters',
    '/videos/edits',
    '/videos/extensions',
  ],
  free: [
    '/assistants',
    '/assistants/:id',
    '/batches/:id/cancel',
    '/chatkit/sessions/:id/cancel',
    '/containers/:id/files',
    '/conversations',
    '/conversations/:id',
    '/conversations/:id/items',
    '/evals',
    '/evals/:id',
    '/evals/:id/runs/:id/cancel',
    '/files',
    '/fine_tuning/alpha/graders/validate',
    '/fine_tuning/checkpoints/:id/permissions',
    '/fine_tuning/jobs/:id/cancel',
    '/fine_tuning/jobs/:id/pause',
    '/live/sessions/:id/hangup',
    '/live/sessions/:id/refer',
    '/live/sessions/:id/reject',
    '/organization/certificates',
    '/organization/certificates/:id',
    '/organization/certificates/activate',
    '/organization/certificates/deactivate',
    '/organization/data_retention',
    '/organization/external_keys',
    '/organization/external_keys/:id/validate',
    '/organization/external_storage',
    '/organization/external_storage/:id/validate',
    '/organization/groups',
    '/organization/groups/:id',
    '/organization/groups/:id/roles',
    '/organization/groups/:id/users',
    '/organization/invites',
    '/organization/projects',
    '/organization/projects/:id',
    '/organization/projects/:id/archive',
    '/organization/projects/:id/certificates/activate',
    '/organization/projects/:id/certificates/deactivate',
    '/organization/projects/:id/data_retention',
    '/organization/projects/:id/groups',
    '/organization/projects/:id/hosted_tool_permissions',
    '/organization/projects/:id/model_permissions',
    '/organization/projects/:id/rate_limits/:id',
    '/organization/projects/:id/service_tier_settings',
    '/organization/projects/:id/spend_alerts',
    '/organization/projects/:id/spend_alerts/:id',
    '/organization/projects/:id/spend_limit',
    '/organization/projects/:id/users',
    '/organization/projects/:id/users/:id',
    '/organization/roles',
    '/organization/roles/:id',
    '/organization/spend_alerts',
    '/organization/spend_alerts/:id',
    '/organization/spend_limit',
    '/organization/users/:id',
    '/organization/users/:id/roles',
    '/projects/:id/groups/:id/roles',
    '/projects/:id/roles',
    '/projects/:id/roles/:id',
    '/projects/:id/users/:id/roles',
    '/realtime/calls/:id/hangup',
    '/realtime/calls/:id/refer',
    '/realtime/calls/:id/reject',
    '/responses/:id/cancel',
    '/responses/input_tokens',
    '/threads',
    '/threads/:id',
    '/threads/:id/messages',
    '/threads/:id/messages/:id',
    '/threads/:id/runs/:id',
    '/threads/:id/runs/:id/cancel',
    '/uploads',
    '/uploads/:id/cancel',
    '/uploads/:id/complete',
    '/uploads/:id/parts',
    '/vector_stores/:id',
    '/vector_stores/:id/file_batches/:id/cancel',
    '/vector_stores/:id/files/:id',
    '/webhook_endpoints',
    '/webhook_endpoints/:id',
    '/webhook_endpoints/:id/rotate_secret',
    '/webhook_endpoints/:id/test',
  ],
  model: [
    '/audio/speech',
    '/audio/transcriptions',
    '/audio/translations',
    '/audio/voice_consents',
    '/audio/voice_consents/:id',
    '/audio/voices',
    '/chat/completions',
    '/completions',
    '/content_provenance_checks',
    '/decisions',
    '/images/edits',
    '/images/generations',
    '/images/variations',
    '/moderations',
    '/responses',
    '/responses/compact',
    '/skills',
    '/skills/:id',
    '/skills/:id/versions',
    '/threads/:id/runs',
    '/threads/:id/runs/:id/submit_tool_outputs',
    '/threads/runs',
    '/vaults',
    '/vaults/:id',
    '/vaults/:id/credentials',
    '/vaults/:id/credentials/:id',
  ],
  label: ['/chat/completions/:id'],
} as const;

const RESOURCES = join(dirname(createRequire(import.meta.url).resolve('openai')), 'resources');
const CALL = /_client\s*\.(?<verb>get|post|put|patch|delete|getAPIList)\(/;
/** Its path, and whether a list is asked for by POST. */
const PATH = new RegExp(`${CALL.source}\\s*(?:path\\s*)?(?<quote>['"\`])(?<path>[^'"\`]+)\\k<quote>`, 'g');

/** Every request that the client's resources make, as its code writes it: `POST /files/:id`. */
function requests(): { readonly found: ReadonlySet<string>; readonly calls: number; readonly read: number } {
  const found = new Set<string>();
  let calls = 0;
  let read = 0;
  for (const name of readdirSync(RESOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.mjs')) continue;
    const code = readFileSync(join(RESOURCES, name), 'utf8');
    calls += code.split(new RegExp(CALL.source.replace('?<verb>', '?:'))).length - 1;
    for (const { index, groups } of code.matchAll(PATH)) {
      read += 1;
      const { verb = '', path = '' } = groups ?? {};
      const isPost =
        verb === 'post' || (verb === 'getAPIList' && /method: 'post'/.test(code.slice(index, code.indexOf(');', index))));
      const method = isPost ? 'POST' : verb === 'getAPIList' ? 'GET' : verb.toUpperCase();
      found.add(`${method} ${(path.split('?')[0] ?? '').replaceAll(/\$\{[^}]+\}/g, ':id')}`);
    }
  }
  return { found, calls, read };
}

describe('an operation of the installed client', () => {
  const { found, calls, read } = requests();

  it('is found in its code, every one', () => {
    expect(read).toBe(calls);
    expect(found.size).toBeGreaterThan(300);
  });

  it('was judged by what it costs', () => {
    const judged = Object.values(JUDGED).flat();
    const posted = [...found].filter((request) => !/^(?:GET|DELETE) /.test(request)).sort();
    expect(posted).toEqual(judged.map((path) => `POST ${path}`).sort());
  });

  it.each(Object.entries(JUDGED))('costs what it was judged to: %s', (cost, paths) => {
    const [named, unnamed] = { free: ['free', 'free'], unpriced: ['unpriced', 'unpriced'], label: ['metered', 'free'] }[cost] ?? [
      'metered',
      'unpriced',
    ];
    for (const path of paths) {
      const asked = path.replaceAll(':id', 'id_1');
      expect([path, costOfPath('POST', asked, true), costOfPath('POST', asked, false)]).toEqual([path, named, unnamed]);
    }
  });

  it('that only reads or deletes is free', () => {
    for (const request of found) {
      const [method = '', path = ''] = request.split(' ');
      if (method !== 'POST')
        expect([request, costOfPath(method, path.replaceAll(':id', 'id_1'), false)]).toEqual([request, 'free']);
    }
  });

  it('that an endpoint has costs what its model costs', () => {
    const endpoints = [...found]
      .map((request) => request.split(' '))
      .filter(([method = '', path = '']) => isEndpoint(method, path));
    expect(endpoints.length).toBeGreaterThan(9);
    for (const [, path = ''] of endpoints) expect(JUDGED.model).toContain(path);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gateway, type GatewayConfig } from 'tollgate';
import { afterAll, describe, expect, it, vi } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'tollgate-reach-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const provider = { type: 'openai-compatible', apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1' } as const;
const base: GatewayConfig = {
  providers: { lab: provider, other: provider },
  models: { fast: ['lab/m'], 'lab/x-*': ['lab/x-*'] },
};
const budget = (more: object): Partial<GatewayConfig> => ({
  budgets: [{ name: 'b', limit: { usd: 1 }, window: 'day', ...more }],
});
const rule = (more: object): Partial<GatewayConfig> => ({ access: { rules: [{ match: { team: 'a' }, ...more }] } as never });
const key = { id: 'k', hash: `sha256:${'0'.repeat(64)}`, caller: { team: 'a', region: 'eu' } };

function issuesOf(config: Partial<GatewayConfig>): string[] {
  try {
    void new Gateway({ ...base, ...config }).close({ deadlineMs: 0 });
    return [];
  } catch (error) {
    return (error as { issues: { path: string; message: string }[] }).issues.map(({ path, message }) => `${path}: ${message}`);
  }
}

function warningsOf(config: Partial<GatewayConfig>): string[] {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  try {
    expect(issuesOf(config)).toEqual([]);
    return warn.mock.calls.map(([message]) => String(message));
  } finally {
    warn.mockRestore();
  }
}

describe('what can match nothing that is declared is refused', () => {
  it.each([
    ['a dimension of a budget', budget({ each: 'taem' }), ["budgets[0].each: no caller has 'taem'; did you mean 'team'?"]],
    ['one of several', budget({ each: ['user', 'modle'] }), ["budgets[0].each[1]: no caller has 'modle'; did you mean 'model'?"]],
    [
      'a dimension in match',
      budget({ match: { usr: 'a' } }),
      ["budgets[0].match.usr: no caller has 'usr'; did you mean 'user'?"],
    ],
    [
      'a model of a budget',
      budget({ match: { model: 'fsat' } }),
      ["budgets[0].match.model: 'fsat' matches nothing that is declared; did you mean 'fast'?"],
    ],
    [
      'a provider of a budget',
      budget({ match: { provider: 'lba' } }),
      ["budgets[0].match.provider: 'lba' matches nothing that is declared; did you mean 'lab'?"],
    ],
    [
      'a deployment of a budget',
      budget({ match: { deployment: 'lba/m' } }),
      ["budgets[0].match.deployment: 'lba/m' matches nothing that is declared; did you mean 'lab'?"],
    ],
    [
      'a model that is allowed',
      rule({ allow: ['fsat'] }),
      ["access.rules[0].allow[0]: 'fsat' matches nothing that is declared; did you mean 'fast'?"],
    ],
    [
      'a model that is denied',
      rule({ deny: 'fsat*' }),
      [expect.stringContaining("access.rules[0].deny: 'fsat*' matches nothing")],
    ],
    [
      'a model at no provider',
      rule({ deny: ['lba/*'] }),
      ["access.rules[0].deny[0]: 'lba/*' matches nothing that is declared; did you mean 'lab'?"],
    ],
    [
      'a caller by a model',
      rule({ match: { model: 'fast' }, allow: 'fast' }),
      [expect.stringContaining('access.rules[0].match.model: is no dimension of a caller')],
    ],
  ])('%s', (_, config, issues) => {
    expect(issuesOf(config)).toEqual(issues);
  });
});

describe('what can match something is taken', () => {
  it.each([
    ['dimensions of callers and calls', budget({ each: ['team', 'app', 'tags', 'model', 'deployment'] })],
    ['dimensions of ones own', budget({ each: 'region', match: { tenant: '*' } })],
    ['models by globs', budget({ match: { model: ['f*', '*t', '?ast', 'lab/*', 'la*', 'lab/x-1', '*'] } })],
    ['names at a provider', rule({ allow: ['lab/anything', 'other/*', 'fast'], deny: ['LAB/M*', 'FAST', '*-preview'] })],
    ['deployments and providers by globs', budget({ match: { deployment: ['lab/m', '*/m', 'o*'], provider: ['l*', 'other'] } })],
    ['undeclared names at a default provider', { ...rule({ allow: ['gpt-*'] }), defaultProvider: 'lab' }],
  ])('%s', (_, config) => {
    expect(warningsOf(config)).toEqual([]);
  });

  it('with a warning where it looks mistyped, and a default provider may know it', () => {
    expect(warningsOf({ ...rule({ allow: ['fsat'] }), defaultProvider: 'lab' })).toEqual([
      "access.rules[0].allow[0]: 'fsat' matches nothing that is declared; did you mean 'fast'?",
    ]);
  });

  it('with a warning where there are keys and none has the dimension', () => {
    const keys = { access: { keys: [key] } };
    expect(warningsOf({ ...budget({ each: 'region' }), ...keys })).toEqual([]);
    expect(warningsOf({ ...budget({ each: 'tenant' }), ...keys })).toEqual([
      "budgets[0].each: no key has a caller with 'tenant': only callers of this process can bring it",
    ]);
  });
});

describe('a SQLite file that cannot be used is an issue at store.path', () => {
  const text = join(directory, 'text.db');
  writeFileSync(text, 'this is no database, and long enough to be looked at as one'.repeat(20));

  it.each([
    ['in a folder that is not there', join(directory, 'no', 'such.db')],
    ['that is a folder', directory],
    ['that is no database', text],
  ])('%s', (_, path) => {
    expect(issuesOf({ store: { type: 'sqlite', path } })).toEqual([expect.stringMatching(/^store\.path: SQLite could not/)]);
  });
});

describe('bounds of the handler', () => {
  it.each([
    [{ maxRequestBytes: 0 }, 'handler.maxRequestBytes'],
    [{ maxNesting: 129 }, 'handler.maxNesting'],
    [{ bodyTimeoutMs: 1.5 }, 'handler.bodyTimeoutMs'],
    [{ maxUploadByte: 1 }, 'handler.maxUploadByte'],
  ])('%j are checked', (handler, path) => {
    expect(issuesOf({ handler: handler as GatewayConfig['handler'] })).toEqual([expect.stringContaining(`${path}: `)]);
  });
});

import type { GuardUse } from '../../core/guard.ts';
import { parsePattern } from '../rules/pattern-syntax.ts';
import { RuleSet } from '../rules/rule-set.ts';
import type { ReadyMade } from './ready-made.ts';

export interface SecretsUse extends GuardUse {
  readonly kind: 'secrets';
}

/** Looks for keys. */
export const secrets: ReadyMade<SecretsUse> = {
  kind: 'secrets',
  check: () => ({ by: 'rules', rules: secretRules(), allow: undefined }),
};

/**
 * Keys by what their makers gave them to be known by. Shapes from the rules of secretlint 12's recommended preset
 * (https://github.com/secretlint/secretlint), open at the end, so that a longer key is found as a whole; `stripe-key`,
 * `google-key`, `jwt` and `openrouter-key` from their vendors' documentation.
 */
const SHAPES: readonly (readonly [kind: string, source: string, ignoreCase?: boolean])[] = [
  ['aws-access-key', '\\b(?:A3T[A-Z0-9]|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA)[A-Z0-9]{16}\\b'],
  ['aws-secret-key', 'aws_?secret_?access_?key[\'"]?\\s{0,4}(?:=>|=|:)\\s{0,4}[\'"]?[a-z0-9/+=]{40}', true],
  ['openai-key', '\\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}'],
  ['openai-key', '\\bsk-[A-Za-z0-9]{32,}'],
  ['openrouter-key', '\\bsk-or-v1-[0-9a-f]{32,}'],
  ['anthropic-key', '\\bsk-ant-[a-z0-9]{3,12}-[A-Za-z0-9_-]{80,}'],
  ['groq-key', '\\bgsk_[A-Za-z0-9]{52,}'],
  ['google-key', '\\bAIza[A-Za-z0-9_-]{35,}'],
  ['huggingface-token', '\\bhf_[A-Za-z]{34,}'],
  ['github-token', 'gh[pousr]_[A-Za-z0-9_]{36,}'],
  ['github-token', 'github_pat_[A-Za-z0-9_]{82,}'],
  ['gitlab-token', 'glpat-[A-Za-z0-9_-]{20,}'],
  ['npm-token', '\\bnpm_[A-Za-z0-9_]{36,}'],
  ['slack-token', '\\bx(?:ox[bpaor]|app)-(?:[0-9]-)?(?:[A-Za-z0-9]{1,40}-)+[A-Za-z0-9]{1,40}'],
  ['stripe-key', '\\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}'],
  ['sendgrid-key', '\\bSG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}'],
  ['shopify-token', '\\bshp(?:pa|ca|at|ss)_[A-Za-z0-9]{32,}'],
  ['grafana-token', '\\bglc_[A-Za-z0-9+/]{32,}={0,2}'],
  ['grafana-token', '\\bglsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8,}'],
  ['notion-token', '\\bntn_[0-9]{11}[A-Za-z0-9]{35,}'],
  ['linear-key', '\\blin_api_[A-Za-z0-9_]{32,}'],
  ['vault-token', '\\bhv[sbr]\\.[A-Za-z0-9_-]{90,}'],
  ['vercel-token', '\\bvc[piark]_[A-Za-z0-9]{20,}'],
  ['databricks-token', '\\bdapi[A-Fa-f0-9]{32,}(?:-[0-9])?'],
  ['docker-token', '\\bdckr_pat_[A-Za-z0-9_-]{27,}'],
  ['figma-token', '\\bfigd_[A-Za-z0-9_-]{40,}'],
  ['1password-token', '\\bops_ey[A-Za-z0-9+/=]{100,}'],
  ['jwt', '\\beyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}'],
  ['password-in-url', '\\b(?:https?|ftps?|rediss?|amqps?)://[^\\s:/@\'"]{1,128}:[^\\s:/@\'"]{1,128}@[A-Za-z0-9.-]+'],
  [
    'database-url',
    '\\b(?:mongodb(?:\\+srv)?|mysqlx?|postgres(?:ql)?)://[^\\s:/@\'"]{1,100}:[^\\s@/\'"]{1,200}@[A-Za-z0-9.-]+',
    true,
  ],
  [
    'private-key',
    '-----BEGIN [A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?-----(?:(?:\\s|\\\\n|\\\\r)+[A-Za-z0-9+/=]{16,})*' +
      '(?:(?:(?:\\s|\\\\n|\\\\r)+[A-Za-z0-9+/=]{1,76})?(?:\\s|\\\\n|\\\\r)*-----END [A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?-----)?',
  ],
];

let made: RuleSet | undefined;

/** The rules of the `secrets` guard; one set for all. */
export function secretRules(): RuleSet {
  made ??= new RuleSet(
    SHAPES.map(([kind, source, ignoreCase]) => ({ kind, pattern: parsePattern(source, ignoreCase === true) })),
  );
  return made;
}

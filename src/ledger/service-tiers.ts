/**
 * Tiers at the standard price or below it, whoever names them. Flex, batch and off-peak cost less; scale and provisioned
 * throughput are paid ahead.
 */
const STANDARD_TIERS: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'standard',
  'standard_only',
  'on_demand',
  'flex',
  'batch',
  'scale',
]);

/** Whether the listed price bounds what the tier costs, at any vendor. */
export function isStandardTier(tier: string | undefined): boolean {
  return tier === undefined || STANDARD_TIERS.has(tier);
}

/** What a tier multiplies the listed rates by, at most; undefined if that is not known, in which case it may cost anything. */
export function tierFactor(vendor: string, model: string, tier: string | undefined): number | undefined {
  if (tier === undefined || isStandardTier(tier)) return 1;
  const name = model.toLowerCase();
  return TIERS.find((row) => row.vendors.has(vendor) && row.tiers.has(tier) && row.models.test(name))?.factor;
}

/** A tier with a price that its vendor documents. */
interface PricedTier {
  readonly vendors: ReadonlySet<string>;
  readonly tiers: ReadonlySet<string>;
  readonly models: RegExp;
  readonly factor: number;
  readonly source: string;
}

const OPENAI: ReadonlySet<string> = new Set(['openai']);
/** Two names of one tier. */
const FAST: ReadonlySet<string> = new Set(['priority', 'fast']);
const FAST_MODE = 'https://openai.com/api-fast-mode/';
const ANY = /(?:)/;

const TIERS: readonly PricedTier[] = [
  // Input, cached input and output, each of them, and long contexts where they are served so.
  { vendors: OPENAI, tiers: FAST, models: /^gpt-5\.6-(?:sol|terra|luna)(?:-\d|$)/, factor: 2, source: FAST_MODE },
  { vendors: OPENAI, tiers: FAST, models: /^gpt-5\.5(?:-\d|$)/, factor: 2.5, source: FAST_MODE },
  { vendors: OPENAI, tiers: FAST, models: /^gpt-5(?:\.[124])?(?:-\d|$)/, factor: 2, source: FAST_MODE },
  { vendors: OPENAI, tiers: FAST, models: /^gpt-5\.4-mini(?:-\d|$)/, factor: 2, source: FAST_MODE },
  { vendors: OPENAI, tiers: FAST, models: /^gpt-5(?:\.1)?-codex(?:-\d|$)/, factor: 2, source: FAST_MODE },
  { vendors: OPENAI, tiers: FAST, models: /^gpt-5-mini(?:-\d|$)/, factor: 1.8, source: FAST_MODE },
  { vendors: OPENAI, tiers: FAST, models: /^gpt-4\.1(?:-\d|$)/, factor: 1.75, source: FAST_MODE },
  {
    // "75% to 100% more than standard".
    vendors: new Set(['gcp.gemini', 'google']),
    tiers: new Set(['priority']),
    models: /^gemini-/,
    factor: 2,
    source: 'https://ai.google.dev/gemini-api/docs/optimization',
  },
  {
    // Drawn from capacity that was bought ahead, at a discount; what goes beyond it is served as standard.
    vendors: new Set(['anthropic']),
    tiers: new Set(['priority']),
    models: ANY,
    factor: 1,
    source: 'https://platform.claude.com/docs/en/api/service-tiers',
  },
  {
    // A fixed price by the month; what goes beyond it is served as standard.
    vendors: new Set(['aws.bedrock', 'bedrock']),
    tiers: new Set(['reserved']),
    models: ANY,
    factor: 1,
    source: 'https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html',
  },
];

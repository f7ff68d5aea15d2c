import { isDeepStrictEqual } from 'node:util';
import { entriesOf, fieldOf, isContainer, itemsOf } from '../../config/containers.ts';
import { vendorFacts } from '../../gateway/composition/provider-types.ts';
import type { Draft, Imported } from './draft.ts';
import { numberAt } from './litellm-account.ts';
import { litellmBudgets } from './litellm-budgets.ts';
import { litellmModels } from './litellm-models.ts';
import { pathIn, type Section } from './litellm-section.ts';
import { timeoutsOf } from './litellm-timeouts.ts';

/** Sections that are read; all else is noted. */
const SECTIONS: ReadonlySet<string> = new Set([
  'model_list',
  'litellm_settings',
  'router_settings',
  'general_settings',
  'credential_list',
]);

/**
 * A configuration of LiteLLM's proxy or Router. Formats by https://docs.litellm.ai/docs/proxy/configs and
 * https://docs.litellm.ai/docs/proxy/reliability.
 */
export function importLitellm(file: object, draft: Draft): Imported {
  const source = withVariables(withCredentials(file));
  const settings: readonly Section[] = ['litellm_settings', 'router_settings'].map((name) => ({
    name,
    value: fieldOf(source, name),
  }));
  // A Router's arguments stand at the top.
  const all = [...settings, { name: '', value: source }];
  // The Router asks its own settings first.
  const ofRouter = [...all].sort(
    (one, other) => Number(other.name === 'router_settings') - Number(one.name === 'router_settings'),
  );
  const models = litellmModels(fieldOf(source, 'model_list'), ofRouter, draft, vendorFacts());
  const budgets = litellmBudgets(all, draft);
  noteRest(source, settings, draft);
  noteTwice(ofRouter, draft);
  const timeouts = timeoutsOf(ofRouter.map(({ value }) => value));
  return {
    config: {
      providers: draft.providers,
      models: models.models,
      ...(models.retry && { retry: models.retry }),
      ...(timeouts && { timeouts }),
      ...(budgets.length > 0 && { budgets }),
    },
    notes: draft.notes,
  };
}

/** Entries that name an account of `credential_list` have its values; their own come first. */
function withCredentials(file: object): object {
  const accounts = new Map(
    itemsOf(fieldOf(file, 'credential_list')).map((one) => [fieldOf(one, 'credential_name'), fieldOf(one, 'credential_values')]),
  );
  const list = itemsOf(fieldOf(file, 'model_list')).map((entry) => {
    const { litellm_credential_name: name, ...own } = Object.fromEntries(entriesOf(fieldOf(entry, 'litellm_params')));
    if (!accounts.has(name)) return entry;
    const shared = Object.fromEntries(entriesOf(accounts.get(name)));
    return { ...Object.fromEntries(entriesOf(entry)), litellm_params: { ...shared, ...own } };
  });
  return { ...file, model_list: list };
}

/** `os.environ/NAME` is `${NAME}` here. */
function withVariables(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^os\.environ\/([A-Za-z_]\w*)$/, '$${$1}');
  if (Array.isArray(value)) return value.map(withVariables);
  if (!isContainer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withVariables(item)]));
}

const READ: ReadonlySet<string> = new Set([
  'fallbacks',
  'default_fallbacks',
  'context_window_fallbacks',
  'content_policy_fallbacks',
  'model_group_alias',
  'routing_strategy',
  'num_retries',
  'timeout',
  'request_timeout',
  'stream_timeout',
  'max_budget',
  'budget_duration',
  'max_internal_user_budget',
  'internal_user_budget_duration',
  'max_end_user_budget',
  'default_internal_user_params',
  'provider_budget_config',
  'tag_budget_config',
]);

/** Those of them that are numbers. */
const NUMBERS: ReadonlySet<string> = new Set([
  'num_retries',
  'timeout',
  'request_timeout',
  'stream_timeout',
  'max_budget',
  'max_internal_user_budget',
  'max_end_user_budget',
]);

/** What to do about the best known of the others. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['master_key', 'keys are made one for each caller: tollgate keys new'],
  ['database_url', 'virtual keys, teams and their budgets are in the database and not in this file: see access.keys and budgets'],
  ['drop_params', 'name the params that may be dropped in drop of a provider'],
  ['allowed_fails', 'cooldowns follow the kind of failure, by rules that need no setting'],
  ['cooldown_time', 'cooldowns follow the kind of failure, by rules that need no setting'],
  ['cache', 'set cache: { ttl } in the configuration'],
  ['cache_params', 'set cache: { ttl } in the configuration; a store outside is given in code'],
  ['redis_host', 'give the store a Redis client in code: store: { type: redis, client }'],
  ['success_callback', "listen to the gateway's events"],
  ['failure_callback', "listen to the gateway's events"],
  ['callbacks', "listen to the gateway's events"],
  ['environment_variables', 'set them in the environment of the process'],
  ['guardrails', 'see guards in the configuration'],
  ['default_team_settings', "a team is a caller: give it a budget in budgets, and listen to the gateway's events"],
]);

const SILENT: ReadonlySet<string> = new Set(['set_verbose', 'telemetry', 'redis_port', 'redis_password', 'model_list']);

function noteRest(source: unknown, settings: readonly Section[], draft: Draft): void {
  const general: Section = { name: 'general_settings', value: fieldOf(source, 'general_settings') };
  const isSettingOfRouter = (name: string) => READ.has(name);
  const rest = entriesOf(source).filter(([name]) => !SECTIONS.has(name) && !isSettingOfRouter(name));
  for (const section of [...settings, general, { name: '', value: Object.fromEntries(rest) }]) {
    for (const [setting] of entriesOf(section.value)) {
      if (SILENT.has(setting)) continue;
      if (READ.has(setting) && section !== general) noteNoNumber(section, setting, draft);
      else draft.note(pathIn(section, setting), ADVICE.get(setting) ?? 'has no counterpart');
    }
  }
}

/** Settings of which one place counts; those of a list are one setting by two names. */
const ONCE = [
  ['fallbacks'],
  ['default_fallbacks'],
  ['context_window_fallbacks'],
  ['content_policy_fallbacks'],
  ['routing_strategy'],
  ['num_retries'],
  ['timeout', 'request_timeout'],
  ['stream_timeout'],
];

function noteTwice(sections: readonly Section[], draft: Draft): void {
  for (const names of ONCE) {
    const written = sections.flatMap((section) =>
      names.map((name) => [pathIn(section, name), fieldOf(section.value, name)] as const),
    );
    const [first, ...others] = written.filter(([, value]) => value !== undefined && value !== null);
    for (const [path, value] of others)
      if (first !== undefined && !isDeepStrictEqual(first[1], value)) draft.note(path, `is left out: ${first[0]} counts`);
  }
}

function noteNoNumber(section: Section, setting: string, draft: Draft): void {
  if (!NUMBERS.has(setting) || fieldOf(section.value, setting) === null) return;
  if (numberAt(section.value, setting) === undefined)
    draft.note(pathIn(section, setting), 'is no number that is written here: left out');
}

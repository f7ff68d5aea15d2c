import type { IndexEntry } from '../support/fixtures.ts';
import type { Verdict } from './judge.ts';

/** How an exchange came out; `leftOut` says why it was not judged. */
export type Result = { entry: IndexEntry } & ({ verdict: Verdict } | { leftOut: string });

const WIDTH = 80;

/** A table of 80 columns: what was judged of each provider's exchanges, and the reason of everything that is not as recorded. */
export function tableOf(results: readonly Result[], reasons: ReadonlyMap<string, string>): string {
  const providers = [...new Set(results.map(({ entry }) => entry.provider))].sort();
  const leftOut = results.flatMap((result) => ('leftOut' in result ? [note(result.entry, `left out, ${result.leftOut}`)] : []));
  const unsaid = results.flatMap((result) => {
    const isUnsaid = 'verdict' in result && result.entry.has_request && result.verdict.request === undefined;
    return isUnsaid ? [note(result.entry, "request left out, OpenAI's form has no words for it")] : [];
  });
  const failed = results.flatMap((result) => {
    if (!('verdict' in result)) return [];
    const { problems, request = [] } = result.verdict;
    const reason = reasons.get(result.entry.file);
    const told = problems.length > 0 && reason !== undefined ? [reason] : problems;
    return [...told, ...request].map((problem) => note(result.entry, `failed, ${problem}`));
  });
  return [
    '',
    line('provider', 'exchanges', 'judged', 'passed', 'left out', 'requests', 'as rec.'),
    ...providers.map((provider) =>
      row(
        provider,
        results.filter(({ entry }) => entry.provider === provider),
      ),
    ),
    row('all', results),
    ...leftOut,
    ...unsaid,
    ...failed,
  ].join('\n');
}

function row(provider: string, results: readonly Result[]): string {
  const judged = results.flatMap((result) => ('verdict' in result ? [result.verdict] : []));
  const requests = judged.flatMap(({ request }) => (request ? [request] : []));
  return line(
    provider,
    results.length,
    judged.length,
    judged.filter(({ problems }) => problems.length === 0).length,
    results.length - judged.length,
    requests.length,
    requests.filter((problems) => problems.length === 0).length,
  );
}

function line(first: string, ...rest: (string | number)[]): string {
  return first.padEnd(16) + rest.map((cell) => String(cell).padStart(10)).join('');
}

/** A remark on one exchange, broken between words. */
function note({ provider, endpoint }: IndexEntry, text: string): string {
  const lines = [''];
  for (const word of `${provider} ${endpoint}: ${text}`.split(' ')) {
    const last = lines.length - 1;
    if (`${lines[last]} ${word}`.length > WIDTH) lines.push(`  ${word}`);
    else lines[last] = lines[last] === '' ? word : `${lines[last]} ${word}`;
  }
  return lines.join('\n');
}

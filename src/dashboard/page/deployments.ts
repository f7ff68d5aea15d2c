import type { DeploymentFacts, State } from '../facts.ts';
import { callsAt, count, ms, span } from './format.ts';
import { badge, empty, link, section, table } from './parts.ts';

const COLUMNS = [
  { title: 'Deployment' },
  { title: 'State' },
  { title: 'In flight', isNumber: true },
  { title: 'First token p50', isNumber: true, isExtra: true },
  { title: 'First token p95', isNumber: true, isExtra: true },
  { title: 'Duration p50', isNumber: true },
  { title: 'Duration p95', isNumber: true },
  { title: 'Failures in a row', isNumber: true, isExtra: true },
  { title: 'Back' },
];

export function deployments({ deployments: all, cooldowns, at }: State): Node[] {
  if (all.length === 0) return [section('Deployments', undefined, empty('No model has a deployment.'))];
  const rows = all.toSorted(troubledFirst).map((one) => {
    const why = cooldowns.find(({ deployment }) => deployment === one.deployment)?.reason;
    return {
      key: one.deployment,
      cells: [
        link(callsAt({ deployment: one.deployment }), one.deployment),
        badge(one.state === 'healthy' ? 'good' : one.state === 'probing' ? 'warn' : 'bad', one.state),
        count(one.inFlight),
        ms(one.firstTokenMs.p50),
        ms(one.firstTokenMs.p95),
        ms(one.durationMs.p50),
        ms(one.durationMs.p95),
        count(one.consecutiveFailures),
        one.coolingUntil === null ? '' : [`in ${span(one.coolingUntil - at)}`, why].filter(Boolean).join(', '),
      ],
    };
  });
  return [section('Deployments', 'Health as the router sees it', table('Deployments', COLUMNS, rows))];
}

const TROUBLE = ['cooling', 'probing', 'healthy'];

function troubledFirst(one: DeploymentFacts, other: DeploymentFacts): number {
  return TROUBLE.indexOf(one.state) - TROUBLE.indexOf(other.state);
}

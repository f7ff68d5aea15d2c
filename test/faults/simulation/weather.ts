import type { ScriptedOutcome } from 'tollgate/testing';

export type Random = () => number;

/** What a deployment does to whoever asks it, for a time. */
const REGIMES = ['healthy', 'healthy', 'healthy', 'failing', 'flaky', 'stalling', 'limited', 'cutting', 'rejecting'] as const;
export type Regime = (typeof REGIMES)[number];

/** Regimes of one deployment over the whole run, drawn beforehand, so that a seed replays it. */
export class Weather {
  readonly #changes: { readonly fromMs: number; readonly regime: Regime }[] = [];

  constructor(random: Random, lengthMs: number, always?: Regime) {
    let fromMs = 0;
    while (fromMs < lengthMs) {
      this.#changes.push({ fromMs, regime: always ?? REGIMES[Math.floor(random() * REGIMES.length)] ?? 'healthy' });
      fromMs += 15_000 + random() * 60_000;
    }
  }

  at(ms: number): Regime {
    return this.#changes.findLast(({ fromMs }) => fromMs <= ms)?.regime ?? 'healthy';
  }
}

const PIECES = ['one ', 'two ', 'three'];
const ANSWER = PIECES.join('');

export { ANSWER };

/** One answer under a regime. */
export function outcomeUnder(regime: Regime, random: Random): ScriptedOutcome {
  const delayMs = Math.round(20 + random() * 300);
  switch (regime) {
    case 'failing':
      return { fail: random() < 0.5 ? 'transient' : 'overloaded', delayMs };
    case 'flaky':
      return random() < 0.5 ? { fail: 'transient', delayMs } : { pieces: withPauses(random), delayMs };
    case 'stalling':
      return random() < 0.5 ? { never: true } : { pieces: ['stall'] };
    case 'limited':
      return { fail: 'rate-limited', delayMs: 5, retryAfterMs: Math.round(500 + random() * 20_000) };
    case 'cutting':
      return { pieces: [{ pauseMs: 10 }, ...PIECES.slice(0, Math.floor(random() * 3)), { cut: 'transient' }], delayMs };
    case 'rejecting':
      return { fail: random() < 0.5 ? 'model-unavailable' : 'credential-rejected', delayMs: 5 };
    case 'healthy':
      return { pieces: withPauses(random), delayMs };
  }
}

function withPauses(random: Random) {
  return PIECES.flatMap((piece) => (random() < 0.3 ? [{ pauseMs: Math.round(random() * 200) }, piece] : [piece]));
}

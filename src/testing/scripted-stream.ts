import type { ItemSource } from '../core/item-source.ts';
import { sleep } from '../core/sleep.ts';
import type { Usage } from '../core/usage.ts';
import type { AttemptContext } from '../providers/provider.ts';
import { chatChunk, usageChunk } from './chat-answers.ts';
import { FailedByScript } from './failed-by-script.ts';
import type { ScriptedPiece } from './scripted-outcome.ts';

interface StreamFacts {
  readonly context: AttemptContext;
  readonly model: string;
  readonly usage: Partial<Usage> | null | undefined;
  readonly finishReason: string | undefined;
}

/** The items that the pieces stand for: role first, then each piece, then the regular end. */
export function scriptedStream(
  pieces: readonly ScriptedPiece[],
  { context, model, usage, finishReason = 'stop' }: StreamFacts,
): ItemSource<unknown> {
  const facts = { requestId: context.requestId, model, usage };
  const end: ScriptedPiece[] = [{ item: chatChunk({}, facts, finishReason) }];
  if (usage !== null) end.push({ item: usageChunk(facts) });
  const script: readonly ScriptedPiece[] = [{ item: chatChunk({ role: 'assistant', content: '' }, facts) }, ...pieces, ...end];
  let position = 0;
  let cancelled = false;
  const next = (): unknown | Promise<unknown> => {
    if (cancelled) return undefined;
    const piece = script[position];
    position += 1;
    if (piece === undefined) return undefined;
    if (piece === 'stall') return new Promise((_resolve, reject) => context.cancellation.onCancel(reject));
    if (typeof piece === 'string') return chatChunk({ content: piece }, facts);
    if ('item' in piece) return piece.item;
    if ('pauseMs' in piece) return sleep(piece.pauseMs, context.clock, context.cancellation).then(next);
    throw cutBy(piece.cut);
  };
  return {
    next,
    cancel() {
      cancelled = true;
    },
  };
}

function cutBy(kind: Extract<ScriptedPiece, { cut: unknown }>['cut']): FailedByScript {
  return new FailedByScript({ kind, code: kind.replaceAll('-', '_'), message: `scripted: cut (${kind})`, reachedProvider: true });
}

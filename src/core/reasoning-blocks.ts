import type { ReasoningDetail } from './chat.ts';

/**
 * Reasoning details as whole blocks, whether they come so or as the pieces of a stream strung together, as OpenRouter,
 * Vercel and this gateway send them: pieces of one type and index are one block, its text joined, its signature that of the
 * piece that has one. Holes are left out. The same list if there is nothing to do.
 */
export function wholeBlocks(details: readonly ReasoningDetail[]): readonly ReasoningDetail[] {
  if (details.length < 2) return details.length === 1 && !details[0] ? [] : details;
  const blocks: ReasoningDetail[] = [];
  for (const detail of details) if (detail) addPiece(blocks, detail);
  const whole: ReasoningDetail[] = [];
  for (const block of blocks) {
    const head = headOf(block, whole);
    if (head) extend(head, block);
    else whole.push(block);
  }
  return whole.length === details.length ? details : whole;
}

/** Strings the pieces of a stream together; `blocks` holds objects of its own. */
export function addPiece(blocks: ReasoningDetail[], piece: ReasoningDetail): void {
  const block = openBlock(blocks, piece);
  if (block) extend(block, piece);
  else blocks.push({ ...piece });
}

/** The latest block that a piece continues; one without an index continues only the block right before it. */
function openBlock(blocks: readonly ReasoningDetail[], piece: ReasoningDetail): ReasoningDetail | undefined {
  if (!isNumbered(piece)) {
    const last = blocks.at(-1);
    return last && !isNumbered(last) && continues(last, piece) ? last : undefined;
  }
  const latest = blocks.findLast((block) => isOfBlock(block, piece));
  return latest && continues(latest, piece) ? latest : undefined;
}

function continues(block: ReasoningDetail, piece: ReasoningDetail): boolean {
  if (!isOfBlock(block, piece)) return false;
  // Gemini's signatures come whole, several under one index.
  if (piece.type === 'reasoning.encrypted') return isNumbered(piece) && piece.format !== 'google-gemini-v1';
  if (!block.signature) return true;
  if (piece.signature) return piece.signature === block.signature && isNumbered(piece);
  return !piece.text;
}

function isOfBlock(block: ReasoningDetail, piece: ReasoningDetail): boolean {
  return (
    block.type === piece.type &&
    block.index === piece.index &&
    isSameOrUntold(block.format, piece.format) &&
    isSameOrUntold(block.id, piece.id)
  );
}

function isSameOrUntold(one: string | null | undefined, other: string | null | undefined): boolean {
  return one === other || !one || !other;
}

function isNumbered({ index }: ReasoningDetail): boolean {
  return index !== undefined && index !== null;
}

/** Text after a signature begins a block of the same index only if a signature of its own follows; else it is the rest. */
function headOf(block: ReasoningDetail, before: readonly ReasoningDetail[]): ReasoningDetail | undefined {
  if (block.type !== 'reasoning.text' || block.signature || !isNumbered(block)) return undefined;
  const head = before.findLast((other) => isOfBlock(other, block));
  return head?.signature ? head : undefined;
}

function extend(block: ReasoningDetail, piece: ReasoningDetail): void {
  if (piece.text) block.text = (block.text ?? '') + piece.text;
  if (piece.summary) block.summary = (block.summary ?? '') + piece.summary;
  if (piece.data) block.data = joinedBase64(block.data ?? '', piece.data);
  if (piece.signature) block.signature = piece.signature;
  if (piece.format) block.format ??= piece.format;
  if (piece.id) block.id ??= piece.id;
}

/** One base64 text of two: padding inside of it would end it early. */
export function joinedBase64(first: string, second: string): string {
  if (!first.endsWith('=')) return first + second;
  return Buffer.concat([Buffer.from(first, 'base64'), Buffer.from(second, 'base64')]).toString('base64');
}

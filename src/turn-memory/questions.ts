import { isRecord } from '../core/json.ts';
import { digest } from './digest.ts';

/** The words of a user in a conversation, of messages or items; each is read once, however many calls follow it. */
export class Questions {
  readonly #conversation: readonly unknown[];
  readonly #digests = new Map<number, string>();

  /** `conversation`: a text alone is the question. */
  constructor(conversation: unknown) {
    const question = typeof conversation === 'string' ? [{ role: 'user', content: conversation }] : [];
    this.#conversation = Array.isArray(conversation) ? conversation : question;
  }

  /** A digest of what the newest user's message before a place says; of nothing if there is none. */
  before(place = this.#conversation.length): string {
    let position = place - 1;
    while (position >= 0 && !isUsers(this.#conversation[position])) position -= 1;
    const known = this.#digests.get(position);
    if (known !== undefined) return known;
    const asked = this.#conversation[position];
    const own = digest(isRecord(asked) ? wordsOf(asked.content) : '');
    this.#digests.set(position, own);
    return own;
  }
}

function isUsers(item: unknown): boolean {
  return isRecord(item) && item.role === 'user';
}

/** The words of a message or item, whichever way its content is written. */
function wordsOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const texts: string[] = [];
  for (const part of content) if (typeof part?.text === 'string') texts.push(part.text);
  return texts.join('\n');
}

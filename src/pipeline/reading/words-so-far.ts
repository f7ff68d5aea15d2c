import type { PartialAnswer } from '../../errors/stream-interrupted-error.ts';
import type { CallTally } from './turn-keeper.ts';

/** The words of an answer that is still coming: text, reasoning and tool calls, as far as they have gone by. */
export class WordsSoFar {
  readonly reasoning: string[] = [];
  readonly toolCalls = new Map<number, CallTally>();
  /** Of all of it. */
  characters = 0;
  readonly #texts: string[] = [];

  addText(text: string | null | undefined): void {
    if (!text) return;
    this.#texts.push(text);
    this.characters += text.length;
  }

  addReasoning(text: string): void {
    this.reasoning.push(text);
    this.characters += text.length;
  }

  addToolCall(index: number, id: string | undefined, name: string | undefined, fragment: string | undefined): CallTally {
    let call = this.toolCalls.get(index);
    if (call === undefined) {
      call = { id: id ?? '', name: name ?? '', fragments: [] };
      this.toolCalls.set(index, call);
    }
    this.characters += (name?.length ?? 0) + (fragment?.length ?? 0);
    if (fragment) call.fragments.push(fragment);
    return call;
  }

  /** Forgets the text: nobody asks for it any more. */
  forgetText(): void {
    this.#texts.length = 0;
  }

  partial(): PartialAnswer {
    return {
      text: this.#texts.join(''),
      reasoning: this.reasoning.join(''),
      toolCalls: [...this.toolCalls.values()].map(({ id, name, fragments }) => ({ id, name, arguments: fragments.join('') })),
    };
  }
}

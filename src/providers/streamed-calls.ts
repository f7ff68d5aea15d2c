import type { ChatDelta } from '../core/chat.ts';
import type { Params } from '../core/params.ts';
import { maySayNothing, saysNothing } from './arguments-text.ts';
import { growsInto, longerName } from './offered-names.ts';
import { toolCallId } from './tool-call-id.ts';

/** One tool call of a stream, as far as it has come. */
export interface StreamedCall {
  /** Position among the calls that were handed over, from 0; -1 as long as it waits. */
  index: number;
  id: string;
  /** As the wire named it; undefined if it has not. */
  wireId: string | undefined;
  name: string;
  arguments: string;
  /** An earlier call with the same id, which this one may be over again. */
  readonly twin: StreamedCall | undefined;
  isEnded: boolean;
  /** True if it was handed over without the arguments so far, which may turn out to be none. */
  isHeld: boolean;
}

/**
 * The tool calls of one choice of a stream. What is handed over of a call begins with its name and an id that no other
 * has; a call without a name yet waits for it, as does one whose name may go on, and one whose id was there before waits until it is clear whether it is
 * that call sent again, which is dropped, or another one, which gets an id of its own.
 */
export class StreamedCalls {
  readonly #choiceIndex: number;
  readonly #params: Params;
  readonly #calls: StreamedCall[] = [];
  /** Calls that were handed over so far. */
  shown = 0;
  /** True if a call came to its end without a name: nobody can carry it out. */
  hasNameless = false;

  /** `params`: of the request, on wires whose names may come in pieces. */
  constructor(choiceIndex: number, params: Params = NONE) {
    this.#choiceIndex = choiceIndex;
    this.#params = params;
  }

  /** Calls that have begun. */
  get all(): readonly StreamedCall[] {
    return this.#calls;
  }

  /** The call that has come under an id. */
  byId(id: string): StreamedCall | undefined {
    return this.#calls.find((call) => call.wireId === id);
  }

  /** A new call; `answerId` and its place give it an id if the wire has none that is free. */
  begin(id: unknown, name: unknown, answerId: string): StreamedCall {
    const wireId = typeof id === 'string' && id !== '' ? id : undefined;
    const twin = wireId === undefined ? undefined : this.byId(wireId);
    const free = twin === undefined ? wireId : undefined;
    const call: StreamedCall = {
      index: -1,
      id: free ?? toolCallId(answerId, this.#choiceIndex, this.#calls.length),
      wireId,
      name: typeof name === 'string' ? name : '',
      arguments: '',
      twin,
      isEnded: false,
      isHeld: false,
    };
    this.#calls.push(call);
    return call;
  }

  /** Takes a piece of the arguments; gives the text to hand over, all of it so far for the first time, or undefined. */
  add(call: StreamedCall, text: string): string | undefined {
    if (call.isEnded) return undefined;
    call.arguments += text;
    if (call.index >= 0) return call.isHeld ? this.#release(call) : text;
    if (call.name === '' || this.isNameOpen(call)) return undefined;
    const { twin } = call;
    if (twin !== undefined && twin.name === call.name && twin.arguments.startsWith(call.arguments)) return undefined;
    this.#show(call);
    call.isHeld = maySayNothing(call.arguments);
    return call.isHeld ? '' : call.arguments;
  }

  /** Whether more of the name may come: it is the beginning of one that the request offers, and no arguments have come. */
  isNameOpen(call: StreamedCall): boolean {
    return call.index < 0 && call.arguments === '' && growsInto(this.#params, call.name);
  }

  /**
   * Takes the name that comes with a later piece, of a call that nobody has yet. Most hosts that repeat it repeat all of it,
   * some send the next part, or all so far: it is whichever begins a name that the request offers.
   */
  addName(call: StreamedCall, name: string): void {
    if (call.name === '') call.name = name;
    else if (this.isNameOpen(call)) call.name = longerName(this.#params, call.name, name);
  }

  /** The last text of a call, which is complete now; undefined if nothing is to be handed over. */
  end(call: StreamedCall): string | undefined {
    if (call.isEnded) return undefined;
    call.isEnded = true;
    const isEmpty = saysNothing(call.arguments);
    if (isEmpty) call.arguments = '{}';
    if (call.index >= 0) return isEmpty || call.isHeld ? call.arguments : undefined;
    if (call.name === '') {
      this.hasNameless = true;
      return undefined;
    }
    if (isSameCall(call, call.twin)) return undefined;
    this.#show(call);
    return call.arguments;
  }

  /** What `add` hands over, as a delta; in OpenAI's legacy form there is but one call. */
  addAsDelta(call: StreamedCall, text: string, legacy: boolean): ChatDelta | undefined {
    const isFirst = call.index < 0;
    return toDelta(call, isFirst, this.add(call, text), legacy);
  }

  /** The same of `end`. */
  endAsDelta(call: StreamedCall, legacy: boolean): ChatDelta | undefined {
    const isFirst = call.index < 0;
    return toDelta(call, isFirst, this.end(call), legacy);
  }

  #show(call: StreamedCall): void {
    call.index = this.shown;
    this.shown += 1;
  }

  #release(call: StreamedCall): string | undefined {
    if (maySayNothing(call.arguments)) return undefined;
    call.isHeld = false;
    return call.arguments;
  }
}

const NONE: Params = {};

function toDelta(call: StreamedCall, isFirst: boolean, text: string | undefined, legacy: boolean): ChatDelta | undefined {
  if (text === undefined) return undefined;
  const { index, id, name } = call;
  const called = isFirst ? { name, arguments: text } : { arguments: text };
  if (!legacy) return { tool_calls: [isFirst ? { index, id, type: 'function', function: called } : { index, function: called }] };
  return index === 0 ? { function_call: called } : undefined;
}

function isSameCall(call: StreamedCall, twin: StreamedCall | undefined): boolean {
  return twin !== undefined && twin.name === call.name && (twin.arguments.trim() || '{}') === call.arguments.trim();
}

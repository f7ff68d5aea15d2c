import type { GeminiPartialArgument } from './wire-types.ts';

type Value = string | number | boolean | null;
type Node = Value | Map<string, Node> | Node[];

// Beyond this an index is a fault, not an argument.
const LARGEST_INDEX = 100_000;

/** The arguments of a call that come in pieces, each with the path of the value that it sets or lengthens. */
export class PartialArguments {
  readonly #root = new Map<string, Node>();
  #open: string | undefined;

  add(pieces: readonly GeminiPartialArgument[]): void {
    for (const piece of pieces) this.#addPiece(piece);
  }

  /** The arguments so far as JSON; cut off before the closing brackets if more was to come. */
  toJson(isComplete: boolean): string {
    const json = toJson(this.#root);
    return isComplete ? json : json.replace(this.#open === undefined ? /[\]}]+$/ : /"?[\]}]+$/, '');
  }

  #addPiece(piece: GeminiPartialArgument): void {
    const path = piece.jsonPath ?? '';
    const steps = toSteps(path);
    const last = steps.pop();
    if (last === undefined) return;
    let node: Node = this.#root;
    for (const [position, step] of steps.entries()) {
      const next: Node | undefined = childOf(node, step);
      if (next instanceof Map || Array.isArray(next)) node = next;
      else node = setChild(node, step, typeof (steps[position + 1] ?? last) === 'number' ? [] : new Map());
    }
    const before = childOf(node, last);
    const value = toValue(piece);
    const isContinued = this.#open === path && typeof before === 'string' && typeof value === 'string';
    setChild(node, last, isContinued ? before + value : value);
    this.#open = piece.willContinue ? path : undefined;
  }
}

function toValue({ stringValue, numberValue, boolValue }: GeminiPartialArgument): Value {
  return stringValue ?? numberValue ?? boolValue ?? null;
}

/** `$.recipe.steps[0]`, `$['a b']` as keys and indexes. */
function toSteps(path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  for (const [, name, index, quoted] of path.matchAll(/\.([^.[\]]+)|\[(\d{1,6})\]|\[['"]([^'"]*)['"]\]/g)) {
    if (index !== undefined) steps.push(Math.min(Number(index), LARGEST_INDEX));
    else steps.push(name ?? quoted ?? '');
  }
  return steps;
}

function childOf(node: Node, step: string | number): Node | undefined {
  if (node instanceof Map) return node.get(String(step));
  return Array.isArray(node) && typeof step === 'number' ? node[step] : undefined;
}

function setChild(node: Node, step: string | number, child: Node): Node {
  if (node instanceof Map) node.set(String(step), child);
  else if (Array.isArray(node) && typeof step === 'number') node[step] = child;
  return child;
}

function toJson(node: Node): string {
  if (node instanceof Map) {
    return `{${Array.from(node, ([name, child]) => `${JSON.stringify(name)}:${toJson(child)}`).join(',')}}`;
  }
  return Array.isArray(node) ? `[${Array.from(node, (child) => toJson(child ?? null)).join(',')}]` : JSON.stringify(node);
}

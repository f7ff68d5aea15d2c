import type { Caller } from '../core/caller.ts';
import type { Gateway } from '../gateway.ts';

const LARGEST_BODY = 1_000_000;

/** What `control.plan` says of a call that was typed into the page: `{ caller?, params }` as JSON. Nothing of it is kept. */
export async function planTyped(gateway: Gateway, request: Request): Promise<{ status: number; body: unknown }> {
  // A type that no form of a foreign page can send without asking first.
  if (!request.headers.get('content-type')?.startsWith('application/json')) return refused(415, 'expected application/json');
  const typed = await readBounded(request);
  if (typed === undefined) return refused(413, `expected at most ${LARGEST_BODY} characters`);
  let asked: { caller?: unknown; params?: unknown } | null;
  try {
    asked = JSON.parse(typed);
  } catch {
    return refused(400, 'expected JSON');
  }
  const params = asked?.params;
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return refused(400, 'params: expected an object');
  try {
    const whose = asked?.caller === undefined ? gateway : gateway.for(asked.caller as Caller);
    return { status: 200, body: await whose.control.plan(params) };
  } catch (error) {
    return refused(400, error instanceof Error ? error.message : 'the call could not be planned');
  }
}

async function readBounded(request: Request): Promise<string | undefined> {
  let text = '';
  if (request.body === null) return text;
  for await (const piece of request.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.length > LARGEST_BODY) return undefined;
  }
  return text;
}

function refused(status: number, message: string) {
  return { status, body: { message } };
}

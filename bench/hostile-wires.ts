import { type Attack, CACHE, CALLED, CALLED_END, filled, HEAD, IMAGE, IMAGE_END, TAIL } from './hostile-bodies.ts';

/** What the translations to other wires go through, and the bridge of Responses over chat. */
export function attacksOnWires(limit: number): Attack[] {
  const start = '{"model":"fast","messages":[{"role":"user","content":"a"}';
  const tool = '{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{';
  const properties = Array.from({ length: 3_500 }, (_, at) => [`"k${at}":{"type":"string"},`, 1] as const);
  const calls = Array.from(
    { length: 900 },
    (_, at) =>
      [
        `,{"role":"assistant","tool_calls":[{"id":"c${at}","type":"function","function":{"name":"f","arguments":"{}"}}]},` +
          `{"role":"tool","tool_call_id":"c${at}","content":"{}"}`,
        1,
      ] as const,
  );
  const each: readonly (Pick<Attack, 'name' | 'parts'> & { readonly path?: string })[] = [
    { name: 'messages', parts: filled('a"},{"role":"user","content":"', 195_000, HEAD, `a${TAIL}`) },
    {
      name: 'messages in turn',
      parts: filled('a"},{"role":"assistant","content":"b"},{"role":"user","content":"', 200_000, HEAD, `a${TAIL}`),
    },
    {
      name: 'pieces',
      parts: filled(',{"type":"text","text":"a"}', 160_000, `${start.slice(0, -4)}[{"type":"text","text":"a"}`, ']}]}'),
    },
    { name: 'a schema', parts: [[`${start}],"tools":[${tool}`, 1], ...properties, ['"z":{}}}}}]}', 1]] },
    { name: 'a long text', parts: filled('x', limit) },
    { name: 'a long wide text', parts: filled('x', limit, `${HEAD}\u{1f600}`) },
    { name: 'an image', parts: filled('A', limit, IMAGE, IMAGE_END) },
    { name: 'long arguments', parts: filled('x', limit, `${CALLED}{\\"a\\":\\"`, `\\"}${CALLED_END}`) },
    { name: 'a long result', parts: filled('x', limit, `${CALLED}{}${CALLED_END.slice(0, -5)}`, TAIL) },
    { name: 'tool calls', parts: [[start, 1], ...calls, [']}', 1]] },
    {
      name: 'items',
      path: '/v1/responses',
      parts: filled(',{"role":"user","content":"a"}', 180_000, '{"model":"fast","input":[{"role":"user","content":"a"}', ']}'),
    },
    { name: 'inputs', path: '/v1/embeddings', parts: filled('"ab",', 395_000, '{"model":"fast","input":[', '"a"]}') },
  ];
  const wires = ['openai-compatible', 'anthropic', 'google', 'cohere'] as const;
  const kept = each.map((attack) => ({ ...attack, name: `kept: ${attack.name}`, config: CACHE }));
  return [...kept, ...wires.flatMap((wire) => each.map((attack) => ({ ...attack, name: `${wire}: ${attack.name}`, wire })))];
}

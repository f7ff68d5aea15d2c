import { type Attack, CACHE, CALLED, CALLED_END, filled, HEAD, IMAGE, IMAGE_END, MIB, TAIL } from './hostile-bodies.ts';
import { attacksOnWires } from './hostile-wires.ts';

const IN_FIELD = '{"model":"fast","messages":[{"role":"user","content":"a"}],"x":';
const list = (item: string, bytes: number) => filled(`${item},`, bytes, `${IN_FIELD}[`, `${item}]}`);

const FIELD =
  '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nfast\r\n--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\n';
const FORM_END = '\r\n--b--\r\n';

/** `limit` and `uploadLimit`: bytes of a JSON body and of a form that the server takes. */
export function attacksFor(limit: number, uploadLimit: number): Attack[] {
  const form =
    '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nfast\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n';
  const upload = { path: '/v1/audio/transcriptions', type: 'multipart/form-data; boundary=b', limit: uploadLimit };
  const field = { ...upload, limit };
  return [
    { name: 'text up to the limit', parts: filled('x', limit) },
    { name: 'text up to the limit, by 8', clients: 8, parts: filled('x', limit) },
    { name: 'escapes up to the limit', parts: filled('\\n', limit) },
    { name: 'escapes up to the limit, by 8', clients: 8, parts: filled('\\n', limit) },
    { name: 'escaped characters up to the limit', parts: filled('\\u0416', limit) },
    { name: 'escaped characters up to the limit, by 8', clients: 8, parts: filled('\\u0416', limit) },
    { name: 'Cyrillic up to the limit', parts: filled('ж', limit) },
    { name: 'Cyrillic up to the limit, by 8', clients: 8, parts: filled('ж', limit) },
    { name: 'text with one wide character', parts: filled('x', limit, `${HEAD}\u{1f600}`) },
    { name: 'text with one wide character, by 8', clients: 8, parts: filled('x', limit, `${HEAD}\u{1f600}`) },
    {
      name: 'a wide character in each of 4,000 texts',
      parts: filled(`${'x'.repeat(1_000)}\u{1f600}"},{"role":"user","content":"`, limit),
    },
    {
      name: 'a wide character in each text, by 8',
      clients: 8,
      parts: filled(`${'x'.repeat(1_000)}\u{1f600}"},{"role":"user","content":"`, limit),
    },
    { name: 'a wide name, and a long text', parts: filled('x', limit, `{"\u0436":1,${HEAD.slice(1)}`) },
    { name: 'wide at the end', parts: filled('x', limit, HEAD, `\u{1f600}${TAIL}`) },
    { name: 'an escaped wide character, by 8', clients: 8, parts: filled('x', limit, `${HEAD}\\u0416`) },
    { name: 'half a pair, by 8', clients: 8, parts: filled('x', limit, `${HEAD}\\ud83d`) },
    {
      name: 'short wide texts and a long one, by 8',
      clients: 8,
      parts: [
        [`${IN_FIELD}["${'x'.repeat(limit - 600_000)}"`, 1],
        [',"\u0436"', 70_000],
        [']}', 1],
      ],
    },
    {
      name: 'a long wide text, handed through, by 8',
      clients: 8,
      path: '/v1/conversations',
      parts: filled('x', limit, '{"a":"\u{1f600}', '"}'),
    },
    { name: 'numbers', parts: list('1', limit) },
    { name: 'as many numbers as pass', parts: list('1', 636_000) },
    { name: 'as many lists as pass', parts: list('[]', 318_000) },
    { name: 'as many texts as pass', parts: list('"abcd"', 553_000) },
    {
      name: 'as many fields as pass',
      parts: [[`${IN_FIELD}{"a":1`, 1], ...Array.from({ length: 17_000 }, (_, at) => [`,"k${at}":1`, 1] as const), ['}}', 1]],
    },
    { name: 'as many messages as pass', parts: filled('"},{"role":"user","content":"', 190_000) },
    { name: '100 MB of [', parts: filled('[', 100 * MIB, IN_FIELD, '}') },
    { name: '100 MB of [, without a length', chunked: true, parts: filled('[', 100 * MIB, IN_FIELD, '}') },
    { name: '10 MB of brackets', chunked: true, parts: filled('[]', 10 * MIB, IN_FIELD, '}') },
    { name: 'brackets up to the limit', parts: filled('[', limit, IN_FIELD, '}') },
    { name: '200 MB of text', parts: filled('x', 200 * MIB) },
    { name: '200 MB of text, without a length', chunked: true, parts: filled('x', 200 * MIB) },
    { name: 'a model name of 5 MB', parts: filled('m', 5 * MIB, '{"messages":[],"model":"', '"}') },
    { name: '500 small ones at once', clients: 500, parts: filled('x', 1_000) },
    { name: 'an upload of 64 MB', ...upload, parts: filled('x', 64 * MIB, form, '\r\n--b--\r\n') },
    { name: 'a form with one long field', ...field, parts: filled('x', limit, `${FIELD}\u{1f600}`, FORM_END) },
    { name: 'a form with one long field, by 8', ...field, clients: 8, parts: filled('x', limit, `${FIELD}\u{1f600}`, FORM_END) },
    { name: 'a form with a field of line ends', ...field, parts: filled('\n', limit, FIELD, FORM_END) },
    {
      name: 'a form of a million fields',
      ...upload,
      parts: filled('--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n\r\n', 50 * MIB, '', '--b--\r\n'),
    },
    { name: 'a form that never begins', ...upload, parts: filled('\r\n--a', 64 * MIB, '', '') },
    { name: 'a form whose file never ends', ...upload, parts: filled('x', 64 * MIB, form, '') },
    { name: 'a form whose file is nearly boundaries', ...upload, parts: filled('\r\n--c\r\n-', 64 * MIB, form, FORM_END) },
    { name: 'a form with a field of 50 MB', ...upload, parts: filled('x', 50 * MIB, FIELD, FORM_END) },
    { name: 'a form of 990 files of 255 KB', ...field, parts: filesOf(990, 255 * 1024) },
    { name: 'a form of 990 files of 255 KB, by 2', ...field, clients: 2, parts: filesOf(990, 255 * 1024) },
    { name: 'a form of 990 long heads', ...field, parts: filesOf(990, 10, 'a: b\r\n'.repeat(2_600)) },
    {
      name: 'a form of 990 names of quotes',
      ...field,
      parts: filesOf(990, 10, `content-disposition: form-data; name="${'\\"'.repeat(7_900)}\r\n`),
    },
    { name: 'a form within a form', ...field, parts: filled('--c\r\n\r\n', limit, `${FIELD}`, `--c--${FORM_END}`) },
    ...attacksByTokens(),
    ...attacksOnValues(limit),
    ...attacksOnWires(limit),
    ...attacksOnGuards(limit),
  ];
}

function filesOf(count: number, bytes: number, head = ''): Attack['parts'] {
  const part = `--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n${head}\r\n`;
  const files = Array.from({ length: count }, () => [
    [part, 1] as const,
    ['x'.repeat(1_024), Math.floor(bytes / 1_024)] as const,
    ['\r\n', 1] as const,
  ]);
  return [['--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nfast\r\n', 1], ...files.flat(), ['--b--\r\n', 1]];
}

/** As many as pass, in the forms of the operations that take tokens. */
function attacksByTokens(): Attack[] {
  const embeddings = { path: '/v1/embeddings' };
  const input = '{"model":"fast","input":[';
  const lists = `[${'199999,'.repeat(1_999)}1],`;
  return [
    { name: 'tokens: as many as pass', ...embeddings, parts: filled('1,', 640_000, input, '1]}') },
    { name: 'tokens: as many long ones as pass', ...embeddings, parts: filled('199999,', 2_200_000, input, '1]}') },
    { name: 'tokens: as many lists as pass', ...embeddings, parts: filled(lists, 2_200_000, input, '[1]]}') },
    {
      name: 'tokens: as many as pass, with a cache',
      ...embeddings,
      config: CACHE,
      parts: filled('199999,', 2_200_000, input, '1]}'),
    },
    { name: 'tokens: fractions', ...embeddings, parts: filled('0.12345,', 2_500_000, input, '1]}') },
    { name: 'tokens: prompts', path: '/v1/completions', parts: filled(lists, 2_200_000, '{"model":"fast","prompt":[', '[1]]}') },
  ];
}

/** What a value may be that is within the limits. */
function attacksOnValues(limit: number): Attack[] {
  return [
    { name: 'a path of slashes', method: 'GET', path: `/v1/${'/'.repeat(15_000)}a`, parts: [] },
    { name: 'a path of encoded slashes', method: 'GET', path: `/v1/files/${'%2f'.repeat(5_000)}a`, parts: [] },
    { name: 'a query of 15 KB', method: 'GET', path: `/v1/files?${'a=1&'.repeat(3_700)}`, parts: [] },
    { name: 'a number of 4 MB', parts: filled('1', limit, IN_FIELD, '}') },
    { name: 'a number of 4 MB behind a point', parts: filled('1', limit, `${IN_FIELD}1.`, '}') },
    { name: 'one name again and again', parts: filled('"a":1,', 100_000, `${IN_FIELD}{`, '"a":1}}') },
    { name: 'one name 700,000 times', parts: filled('"a":1,', limit, `${IN_FIELD}{`, '"a":1}}') },
    { name: 'names of prototypes', parts: filled('{"__proto__":{"constructor":1}},', 200_000, `${IN_FIELD}[`, '1]}') },
    { name: 'arguments of [', parts: filled('[', limit, CALLED, CALLED_END) },
    { name: 'arguments of escapes', parts: filled('\\\\n', limit, `${CALLED}\\"`, `\\"${CALLED_END}`) },
    {
      name: 'an image of 4 MB',
      parts: filled('A', limit, IMAGE, IMAGE_END),
    },
    {
      name: 'as many tools as pass',
      parts: filled(
        '{"type":"function","function":{"name":"f"}},',
        170_000,
        '{"model":"fast","messages":[{"role":"user","content":"a"}],"tools":[',
        '{"type":"function","function":{"name":"g"}}]}',
      ),
    },
  ];
}

/** Texts that ready-made guards find much in, or follow far. */
function attacksOnGuards(limit: number): Attack[] {
  const hiding = [{ name: 'people', on: 'both', mode: 'redact', use: 'personal-data' }] as const;
  const blocking = [{ name: 'keys', on: 'both', mode: 'block', use: 'secrets' }] as const;
  const matching = [{ name: 'own', on: 'input', mode: 'flag', use: 'pattern', deny: ['(a+)+b'] }] as const;
  return [
    { name: 'guards: text', config: { guards: [...hiding, ...blocking] }, parts: filled('x ', limit) },
    { name: 'guards: addresses', config: { guards: hiding }, parts: filled('joe@example.com ', 1_000_000) },
    { name: 'guards: as many addresses as are hidden', config: { guards: hiding }, parts: filled('joe@example.com ', 400_000) },
    { name: 'guards: numbers', config: { guards: hiding }, parts: filled('+1 415 555 2671 ', 400_000) },
    { name: 'guards: a long address', config: { guards: hiding }, parts: filled('x', 200_000, HEAD, `@a.co${TAIL}`) },
    { name: 'guards: keys', config: { guards: blocking }, parts: filled('AKIAIOSFODNN7EXAMPLE ', 400_000) },
    {
      name: 'guards: a long key',
      config: { guards: blocking },
      parts: filled(`${'A'.repeat(64)}\\n`, 200_000, `${HEAD}-----BEGIN PRIVATE KEY-----\\n`),
    },
    { name: 'guards: a pattern that goes back', config: { guards: matching }, parts: filled('a', 200_000, HEAD, `b${TAIL}`) },
  ];
}

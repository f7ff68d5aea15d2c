/** Bodies that a hostile client sends; each as chunks, so that the client's own memory stays small. */
export interface Attack {
  readonly name: string;
  /** Requests at the same time. */
  readonly clients?: number;
  readonly path?: string;
  readonly type?: string;
  /** Bytes of such a body that the server takes, if they are others. */
  readonly limit?: number;
  /** Sends no length, so that only reading tells the size. */
  readonly chunked?: boolean;
  readonly parts: readonly (readonly [text: string, times: number])[];
}

const HEAD = '{"model":"fast","messages":[{"role":"user","content":"';
const TAIL = '"}]}';
const MIB = 1024 * 1024;

/** A body of about `bytes` whose middle is `text` again and again. */
function filled(text: string, bytes: number, head = HEAD, tail = TAIL): Attack['parts'] {
  return [
    [head, 1],
    [text, Math.floor((bytes - head.length - tail.length - 64) / Buffer.byteLength(text))],
    [tail, 1],
  ];
}

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
  ];
}

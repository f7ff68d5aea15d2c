import { describe, expect, it } from 'vitest';
import { encodeForm } from '../../src/providers/form-body.ts';

function formOf(parts: Record<string, string | File>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(parts)) form.append(name, value);
  return form;
}

const largeForm = () =>
  formOf({
    file: new File(
      Array.from({ length: 80 }, () => new Uint8Array(100_000)),
      'a.wav',
    ),
  });

describe('a form that is sent', () => {
  it('is what every parser of forms reads', async () => {
    const odd = 'na"me\nof é';
    const form = formOf({ model: 'm', [odd]: 'one\ntwo', file: new File(['\r\n--x'], 'a"\r\n.wav', { type: 'audio/wav' }) });
    const { contentType, body } = await encodeForm(form);
    const read = await new Response(body as Uint8Array<ArrayBuffer>, { headers: { 'content-type': contentType } }).formData();
    const file = read.get('file') as File;
    expect([file.name, file.type, await file.text()]).toEqual(['a"\r\n.wav', 'audio/wav', '\r\n--x']);
    expect([...read.entries()].slice(0, 2)).toEqual([
      ['model', 'm'],
      ['na"me\r\nof é', 'one\r\ntwo'],
    ]);
  });

  it.each([
    ['pairs', '😀', 0],
    ['pairs, shifted', '😀', 1],
    ['line ends', '\r\n', 0],
    ['line ends, shifted', '\r\n', 1],
    ['line feeds', '\n', 0],
  ])('has a long text as it is: %s', async (_, unit, shift) => {
    const text = 'x'.repeat(shift) + unit.repeat(20_000);
    const { contentType, body } = await encodeForm(formOf({ prompt: text }));
    const read = await new Response(body as Uint8Array<ArrayBuffer>, { headers: { 'content-type': contentType } }).formData();
    expect(read.get('prompt') === text.replaceAll(/\r?\n/g, '\r\n')).toBe(true);
  });

  it('has a boundary that differs each time', async () => {
    const [one, two] = [await encodeForm(formOf({ a: 'b' })), await encodeForm(formOf({ a: 'b' }))];
    expect(one.contentType).not.toBe(two.contentType);
  });

  it('is read no further than it is taken, where it is large', async () => {
    const form = largeForm();
    let read = 0;
    const file = form.get('file') as File;
    const whole = file.stream.bind(file);
    file.stream = () =>
      whole().pipeThrough(
        new TransformStream({
          transform: (chunk, controller) => {
            read += chunk.byteLength;
            controller.enqueue(chunk);
          },
        }),
      ) as ReturnType<File['stream']>;
    const { body } = await encodeForm({
      *[Symbol.iterator]() {
        yield ['file', file];
      },
      values: () => [file],
    } as unknown as FormData);
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.read();
    expect(read).toBeLessThan(1_000_000);
    await reader.cancel();
  });

  it.each([0, 1, 3])('can be given up after %d pieces, and nothing is thrown beside', async (pieces) => {
    const { body } = await encodeForm(largeForm());
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    for (let taken = 0; taken < pieces; taken += 1) await reader.read();
    await expect(reader.cancel()).resolves.toBeUndefined();
    await new Promise((resolve) => setImmediate(resolve));
  });
});

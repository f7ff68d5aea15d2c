import { APIPromise, type OpenAI } from 'openai';
import type { HandedOver } from './handed.ts';
import { carryRecord } from './route-of.ts';

type ResponsePromise = ConstructorParameters<typeof APIPromise>[1];

/** OpenAI's promise over an answer of the gateway: nothing is parsed again, and no `Response` is made unless asked for. */
export class GatewayPromise<T> extends APIPromise<T> {
  readonly #reading: { value(handed: HandedOver): unknown };

  constructor(client: OpenAI, handed: Promise<HandedOver>) {
    const reading = { value: (answer: HandedOver) => answer.value() };
    super(
      client,
      handed as unknown as ResponsePromise,
      (_client, props) => reading.value(props as unknown as HandedOver) as never,
    );
    this.#reading = reading;
  }

  /** A resource transforms the promise that it has just been given and hands on the outcome only, so the same one will do. */
  override _thenUnwrap<U>(transform: (data: T, props: never) => U): APIPromise<U> {
    const { value: read } = this.#reading;
    this.#reading.value = (handed) => {
      const value = read(handed) as T;
      const transformed = transform(value, handed as never);
      carryRecord(value, transformed);
      return transformed;
    };
    return this as unknown as APIPromise<U>;
  }
}

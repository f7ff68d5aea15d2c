import { APIPromise, type OpenAI } from 'openai';
import type { HandedOver } from './handed.ts';
import { carryRecord } from './route-of.ts';

type ResponsePromise = ConstructorParameters<typeof APIPromise>[1];

/** How an answer is read; an object of a class, since the engine moves literals that often live long to where they live longer. */
class Reading {
  read: (handed: HandedOver) => unknown = (handed) => handed.value();
}

/** OpenAI's promise over an answer of the gateway: nothing is parsed again, and no `Response` is made unless asked for. */
export class GatewayPromise<T> extends APIPromise<T> {
  readonly #reading: Reading;

  constructor(client: OpenAI, handed: Promise<HandedOver>) {
    const reading = new Reading();
    super(
      client,
      handed as unknown as ResponsePromise,
      (_client, props) => reading.read(props as unknown as HandedOver) as never,
    );
    this.#reading = reading;
  }

  /** A resource transforms the promise that it has just been given and hands on the outcome only, so the same one will do. */
  override _thenUnwrap<U>(transform: (data: T, props: never) => U): APIPromise<U> {
    const { read } = this.#reading;
    this.#reading.read = (handed) => {
      const value = read(handed) as T;
      const transformed = transform(value, handed as never);
      carryRecord(value, transformed);
      return transformed;
    };
    return this as unknown as APIPromise<U>;
  }
}

/** What is used of `bottleneck/light.js`, which comes without types: the local mode, without any Redis. */
declare module 'bottleneck/light.js' {
  export default class Bottleneck {
    constructor(options: { readonly reservoir: number });
    schedule<T>(job: () => T | Promise<T>): Promise<T>;
    incrementReservoir(increment: number): Promise<number>;
  }
}

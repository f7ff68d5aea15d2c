/** What the store needs of a Redis client: two ways to run a script. Keys come first, then arguments. */
export interface RedisScripts {
  evaluateSha(sha: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  evaluate(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}

/** A client of node-redis (`redis`), connected by its owner. */
export interface NodeRedisClient {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** A client of ioredis, or its cluster. */
export interface IoRedisClient {
  evalsha(sha: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>;
}

export type RedisClient = NodeRedisClient | IoRedisClient;

/** Adapts the user's client by the methods it has. The client stays the user's: it is neither connected nor closed. */
export function adaptClient(client: RedisClient): RedisScripts {
  if ('evalSha' in client) {
    return {
      evaluateSha: (sha, keys, args) => client.evalSha(sha, { keys: [...keys], arguments: [...args] }),
      evaluate: (script, keys, args) => client.eval(script, { keys: [...keys], arguments: [...args] }),
    };
  }
  if ('evalsha' in client) {
    return {
      evaluateSha: (sha, keys, args) => client.evalsha(sha, keys.length, ...keys, ...args),
      evaluate: (script, keys, args) => client.eval(script, keys.length, ...keys, ...args),
    };
  }
  throw new TypeError('The Redis store needs a client of ioredis or of node-redis');
}

import { userAndPassword } from '../../core/sent-credentials.ts';

/** What the store needs of a Redis client: two ways to run a script. Keys come first, then arguments. */
export interface RedisScripts {
  evaluateSha(sha: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  evaluate(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /** Whether the client speaks to a Redis Cluster. */
  readonly cluster: boolean;
  /** Passwords that the client was configured with, which a server's error may repeat. */
  passwords(): string[];
}

/** A client of node-redis (`redis`), its cluster or its sentinel, connected by its owner. */
export interface NodeRedisClient {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** A client of ioredis, also one over sentinels, or its cluster. */
export interface IoRedisClient {
  evalsha(sha: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>;
}

/** A client of node-redis or of ioredis. */
export type RedisClient = NodeRedisClient | IoRedisClient;

/** Adapts the user's client by the methods it has. The client stays the user's: it is neither connected nor closed. */
export function adaptClient(client: RedisClient): RedisScripts {
  if (typeof client !== 'object' || client === null)
    throw new TypeError('redisStore: expected { client }, of ioredis or of node-redis');
  if ('evalSha' in client) {
    return {
      // Only its cluster finds nodes by their address.
      cluster: 'nodeByAddress' in client,
      evaluateSha: (sha, keys, args) => client.evalSha(sha, { keys: [...keys], arguments: [...args] }),
      evaluate: (script, keys, args) => client.eval(script, { keys: [...keys], arguments: [...args] }),
      passwords: () => passwordsIn(client, 0),
    };
  }
  if ('evalsha' in client) {
    return {
      cluster: 'isCluster' in client && client.isCluster === true,
      evaluateSha: (sha, keys, args) => client.evalsha(sha, keys.length, ...keys, ...args),
      evaluate: (script, keys, args) => client.eval(script, keys.length, ...keys, ...args),
      passwords: () => passwordsIn(client, 0),
    };
  }
  throw new TypeError('The Redis store needs a client of ioredis or of node-redis');
}

/** Where the clients, their clusters and their sentinels keep options. */
const OPTIONS = ['options', 'redisOptions', 'defaults', 'rootNodes', 'sentinels'];
const PASSWORDS = ['password', 'sentinelPassword'];
const DEEPEST = 4;

function passwordsIn(holder: unknown, depth: number): string[] {
  if (typeof holder !== 'object' || holder === null || depth > DEEPEST) return [];
  if (Array.isArray(holder)) return holder.flatMap((item) => passwordsIn(item, depth + 1));
  const fields = holder as Readonly<Record<string, unknown>>;
  const own = PASSWORDS.map((name) => fields[name]).filter((password) => typeof password === 'string');
  return [...own, ...passwordIn(fields.url), ...OPTIONS.flatMap((name) => passwordsIn(fields[name], depth + 1))];
}

/** As it stands in a URL; the clients decode it into their options. */
function passwordIn(url: unknown): string[] {
  const userInfo = typeof url === 'string' ? /^\w+:\/\/(.*)@/.exec(url)?.[1] : undefined;
  return userInfo === undefined ? [] : userAndPassword(userInfo);
}

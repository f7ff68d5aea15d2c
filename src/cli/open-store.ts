import { fieldOf, hasFunctions } from '../config/containers.ts';
import { readEnvironment } from '../config/environment.ts';
import { redact } from '../core/redact.ts';
import { systemReason } from '../core/system-reason.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { RedisClient } from '../stores/redis/index.ts';
import type { Store } from '../stores/store.ts';
import { CommandError } from './command-error.ts';
import { problemsOf } from './plan-of-file.ts';
import { readConfig } from './read-config.ts';
import { requireFile } from './require-file.ts';

/** A store that is there already. */
export interface OpenedStore {
  readonly store: Store;
  close(): Promise<void>;
}

/** Opens the store that `--store` names. Throws `CommandError` for one that is not there or cannot be reached. */
export async function openNamedStore(named: string, prefix: string | undefined): Promise<OpenedStore> {
  if (/^sqlite:./.test(named)) return sqliteStore(named.slice('sqlite:'.length));
  if (/^rediss?:\/\//.test(named)) return redisAt(named, prefix);
  throw new CommandError(`--store: expected sqlite:<path> or redis://host:port, got '${redact(named)}'`);
}

/**
 * Opens the store of a configuration. Throws `CommandError` if there is none that another process can reach; `kept`:
 * what is looked for there.
 */
export async function openStoreOf(path: string, kept: 'usage' | 'budgets'): Promise<OpenedStore> {
  const store = fieldOf(await configAt(path), 'store');
  const client = fieldOf(store, 'client');
  const at = fieldOf(store, 'path');
  if (fieldOf(store, 'type') === 'sqlite' && typeof at === 'string') return sqliteStore(at);
  if (fieldOf(store, 'type') === 'redis' && client !== undefined) {
    return redisWith(client as RedisClient, textOf(fieldOf(store, 'prefix')), async () => undefined);
  }
  // A store of the user's own.
  if (hasFunctions(store, ['usage'])) return { store: store as Store, close: async () => undefined };
  throw new CommandError(
    `${path} keeps its ${kept} in memory, where only its process can read it: name a store of sqlite or redis`,
  );
}

async function configAt(path: string): Promise<unknown> {
  try {
    return await readConfig(path, readEnvironment());
  } catch (error) {
    if (error instanceof ConfigurationError) throw new CommandError(problemsOf(error, path));
    throw error;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The file must be there: a command makes none. */
async function sqliteStore(path: string): Promise<OpenedStore> {
  requireFile(path);
  const { SqliteStore } = await import('../stores/sqlite.ts');
  const store = new SqliteStore(path);
  return { store, close: async () => store.close() };
}

async function redisWith(client: RedisClient, prefix: string | undefined, close: () => Promise<unknown>): Promise<OpenedStore> {
  const { redisStore } = await import('../stores/redis/index.ts');
  const store = redisStore({ client, prefix });
  return {
    store,
    async close() {
      await store.close();
      await close();
    },
  };
}

/** With whichever client is installed. */
async function redisAt(url: string, prefix: string | undefined): Promise<OpenedStore> {
  const io = await installed<IoRedis>('ioredis');
  if (io !== undefined) return overIoRedis(io, url, prefix);
  const node = await installed<NodeRedis>('redis');
  if (node !== undefined) return overNodeRedis(node, url, prefix);
  throw new CommandError('a store in Redis needs a client: install ioredis or redis beside tollgate');
}

interface IoRedis {
  readonly Redis: new (url: string, options: object) => RedisClient & Connection & { disconnect(): void };
}

interface NodeRedis {
  createClient(options: object): RedisClient & Connection & { destroy(): void };
}

interface Connection {
  connect(): Promise<unknown>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
}

async function installed<T>(name: string): Promise<T | undefined> {
  try {
    return (await import(name)) as T;
  } catch {
    return undefined;
  }
}

async function overIoRedis({ Redis }: IoRedis, url: string, prefix: string | undefined): Promise<OpenedStore> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  await connected(client, url);
  return redisWith(client, prefix, async () => client.disconnect());
}

async function overNodeRedis({ createClient }: NodeRedis, url: string, prefix: string | undefined): Promise<OpenedStore> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  await connected(client, url);
  return redisWith(client, prefix, async () => client.destroy());
}

async function connected(client: Connection, url: string): Promise<void> {
  // ioredis tells why by its event, and rejects with no more than that the connection is closed.
  let told: unknown;
  client.on('error', (error) => {
    told ??= error;
  });
  try {
    await client.connect();
  } catch (error) {
    const host = URL.parse(url)?.host || 'localhost';
    throw new CommandError(`cannot reach Redis at ${host}: ${redact(systemReason(told ?? error))}`);
  }
}

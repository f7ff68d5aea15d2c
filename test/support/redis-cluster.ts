import { Redis } from 'ioredis';
import { freePort, onFreePorts } from './free-ports.ts';
import { RedisServer } from './redis-server.ts';

const SLOTS = 16_384;
/** After how long the nodes take one another for gone, in milliseconds. */
const NODE_TIMEOUT_MS = 500;

/** A Redis Cluster of a test on the loopback interface: masters, each with as many replicas. */
export class RedisCluster {
  readonly masters: RedisServer[] = [];
  readonly replicas: RedisServer[] = [];

  static async start(masters: number, replicasEach = 0): Promise<RedisCluster> {
    const cluster = new RedisCluster();
    const started = Array.from({ length: masters * (1 + replicasEach) }, startNode);
    for (const [place, node] of (await Promise.all(started)).entries()) {
      (place < masters ? cluster.masters : cluster.replicas).push(node.server);
    }
    const nodes = await Promise.all(started);
    return cluster.#join(nodes).then(
      () => cluster,
      (error) => cluster.stop().then(() => Promise.reject(error)),
    );
  }

  get nodes(): { host: string; port: number }[] {
    return [...this.masters, ...this.replicas].map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  /** The master of a key's slot, as its nodes tell it now. */
  async masterOf(key: string): Promise<RedisServer> {
    return asking(this.masters[0]?.port ?? 0, async (client) => {
      const slot = await client.cluster('KEYSLOT', key);
      const range = (await client.cluster('SLOTS')).find(([from, to]) => from <= slot && slot <= to);
      const port = range?.[2]?.[1];
      const server = [...this.masters, ...this.replicas].find((each) => each.port === port);
      if (server === undefined) throw new Error(`no node has slot ${slot}`);
      return server;
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.masters, ...this.replicas].map((server) => server.stop()));
  }

  async #join(nodes: readonly { server: RedisServer; busPort: number }[]): Promise<void> {
    const share = Math.ceil(SLOTS / this.masters.length);
    for (const [place, { port }] of this.masters.entries()) {
      await asking(port, async (client) => {
        await client.cluster('SET-CONFIG-EPOCH', place + 1);
        await client.call('CLUSTER', 'ADDSLOTSRANGE', place * share, Math.min((place + 1) * share, SLOTS) - 1);
      });
    }
    // Only then: a node that knows another one takes no epoch.
    await asking(this.masters[0]?.port ?? 0, async (client) => {
      for (const { server, busPort } of nodes) await client.call('CLUSTER', 'MEET', '127.0.0.1', server.port, busPort);
    });
    await this.#until((info) => info.includes(`cluster_known_nodes:${nodes.length}`));
    for (const [place, replica] of this.replicas.entries()) {
      const master = this.masters[place % this.masters.length] as RedisServer;
      const id = await asking(master.port, (client) => client.call('CLUSTER', 'MYID'));
      await asking(replica.port, async (client) => {
        await client.call('CLUSTER', 'REPLICATE', String(id));
        await until(async () => (await client.info('replication')).includes('master_link_status:up'));
      });
    }
    await this.#until((info) => info.includes('cluster_state:ok'));
  }

  async #until(holds: (info: string) => boolean): Promise<void> {
    for (const { port } of this.nodes) {
      await asking(port, (client) => until(async () => holds(String(await client.call('CLUSTER', 'INFO')))));
    }
  }
}

function startNode(): Promise<{ server: RedisServer; busPort: number }> {
  const timeout = ['--cluster-node-timeout', String(NODE_TIMEOUT_MS), '--repl-diskless-sync-delay', '0'];
  return onFreePorts(async () => {
    const busPort = await freePort();
    const options = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), ...timeout];
    return { server: await RedisServer.startAt(await freePort(), options), busPort };
  });
}

export async function asking<T>(port: number, ask: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    return await ask(client);
  } finally {
    client.disconnect();
  }
}

const LONGEST_WAIT_MS = 30_000;

/** Asks again, a moment later each time, until it holds; throws if it never does. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + LONGEST_WAIT_MS;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > untilMs) throw new Error(`waited ${LONGEST_WAIT_MS} ms for ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

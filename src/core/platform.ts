/** As in `engines` of the package: the first release with everything that the HTTP client and the store use. */
const LEAST_NODE = [22, 19] as const;

/** Throws one clear line if the platform lacks what calls need, which would else end in an error of some package's. */
export function assertPlatform(versions: Readonly<Record<string, string | undefined>> = process.versions): void {
  const { node = '', bun } = versions;
  if (bun !== undefined)
    throw new Error(`Tollgate needs ${NEEDED}; this is Bun ${bun}, whose HTTP client cannot be steered as it needs`);
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  throw new Error(`Tollgate needs ${NEEDED}; this is Node ${node}`);
}

const NEEDED = `Node ${LEAST_NODE.join('.')} or newer`;

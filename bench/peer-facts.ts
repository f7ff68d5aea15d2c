/** Others that make the same calls, and what they are installed from. Exact versions: a table names what it measured. */
export const PEERS = {
  'AI SDK': { ai: '7.0.173', '@ai-sdk/openai': '4.0.118' },
  LangChain: { '@langchain/openai': '1.6.0', '@langchain/core': '1.4.0' },
  'Portkey gateway': { '@portkey-ai/gateway': '1.15.2' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

export type PeerName = keyof typeof PEERS;

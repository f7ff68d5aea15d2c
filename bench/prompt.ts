const SYSTEM =
  'You are a helpful assistant of an engineering team. Answer briefly, name your sources, and say so when you do not know. ';

/** What every client asks, each in the form of its wire. */
export const PROMPT = {
  system: SYSTEM.repeat(3),
  user: 'How does the gateway decide which deployment answers a call?',
  temperature: 0.2,
  mostTokens: 1_024,
};

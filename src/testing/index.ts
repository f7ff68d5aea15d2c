export { type FaultRates, faults } from './faults.ts';
export {
  type OpenSubject,
  type ProviderContractCase,
  type ProviderSubject,
  providerContract,
  type UpstreamMood,
} from './provider-contract.ts';
export type { ScriptedFailure, ScriptedOutcome, ScriptedPiece } from './scripted-outcome.ts';
export { type Script, type ScriptedCall, type ScriptedProvider, scriptedProvider } from './scripted-provider.ts';
export { seededRandom } from './seeded-random.ts';
export { type ContractCase, storeContract } from './store-contract.ts';
export { TestClock, testClock } from './test-clock.ts';

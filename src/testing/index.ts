import { assertPlatform } from '../core/platform.ts';
import { lineCode } from '../gateway/composition/line-code.ts';
import { httpDoor } from '../gateway/doors/answer-http.ts';
import { priceData } from '../ledger/price-data.ts';
import { sliceCode } from '../ledger/slices/slice-code.ts';
import { limiter } from '../pacing/limiter.ts';
import { undici } from '../transport/undici.ts';

export { type FaultRates, faults } from './faults.ts';
export {
  type OpenSubject,
  type ProviderContractCase,
  type ProviderSubject,
  providerContract,
  type UpstreamMood,
} from './provider-contract.ts';
export type {
  ScriptedBody,
  ScriptedFailure,
  ScriptedOutcome,
  ScriptedPiece,
  ScriptedSilence,
  ScriptedStream,
  ScriptedText,
} from './scripted-outcome.ts';
export { type Script, type ScriptedCall, type ScriptedProvider, scriptedProvider } from './scripted-provider.ts';
export { seededRandom } from './seeded-random.ts';
export { type ContractCase, storeContract } from './store-contract.ts';
export { TestClock, testClock } from './test-clock.ts';

// Before undici, which ends in an error of its own on a Node that lacks what it needs.
assertPlatform();
// What else loads with the first call is there from the start, so that on a clock which stands still it is sent at once.
await Promise.all([lineCode.load(), priceData.load(), httpDoor.load(), limiter.load(), sliceCode.load(), undici.load()]);

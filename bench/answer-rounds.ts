import { type Calls, callMany } from './calls.ts';
import { type ScenarioName, scenarioOf } from './scenarios.ts';

/**
 * Makes a round of calls for each scenario that the parent sends, and answers with the processor time of a call in
 * microseconds; `elsewhereUs`: what another process has spent for them so far. Ends with its parent.
 */
export function answerRounds(paced: Calls, atOnce: Calls, elsewhereUs: () => number = () => 0): void {
  process.on('message', async (name: ScenarioName) => {
    const { call, concurrency, callsPerRound, atOnce: isAtOnce } = scenarioOf(name);
    const calls = isAtOnce ? atOnce : paced;
    const [before, beforeElsewhere] = [process.cpuUsage(), elsewhereUs()];
    await callMany(calls[call], callsPerRound, concurrency);
    const { user, system } = process.cpuUsage(before);
    process.send?.((user + system + elsewhereUs() - beforeElsewhere) / callsPerRound);
  });
  process.on('disconnect', () => process.exit());
}

#!/usr/bin/env bash
# One expects: a limiter that takes amounts holds a limit of 10,000 tokens in a window for a gateway which takes what a call may use, and
# gives back what it did not: no window lets more than 10,000 pass, and a call that is denied takes nothing.
# What happens: what is given back when the window of the call is over, as with an answer that takes longer than the rest of a minute,
# is put into the window of now, which then lets 17,000 pass. And with 9,000 tokens left, a call for 9,500 is denied and takes all the
# 9,000, so that nothing passes any more until the window is over; in Upstash's package its token bucket is rid of that, by a comment of
# its own, the two windows are not. The buckets of `limiter` deny without taking.
# Seen with rate-limiter-flexible 11.4.0, @upstash/ratelimit 2.2.0 (its scripts run by ioredis-mock 8.13.1), limiter 4.1.0 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps rate-limiter-flexible@11.4.0 @upstash/ratelimit@2.2.0 \
  @upstash/redis@1.39.0 ioredis-mock@8.13.1 ioredis@5.9.2 limiter@4.1.0
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { Ratelimit } from '@upstash/ratelimit';
import RedisMock from 'ioredis-mock';
import { TokenBucket } from 'limiter';
import { RateLimiterMemory } from 'rate-limiter-flexible';

const limit = 10_000;
const mock = new RedisMock();
const redis = {
  evalsha: async () => {
    throw new Error('NOSCRIPT');
  },
  // The mock doesn't know the line that names the script's language.
  eval: (script, keys, values) => mock.eval(script.replace(/^#!lua.*\n/, ''), keys.length, ...keys, ...values),
};
const upstash = (kind) => (seconds) => {
  const limiter = new Ratelimit({ redis, limiter: Ratelimit[kind](limit, `${seconds} s`), prefix: `${kind}${seconds}`, ephemeralCache: false });
  const take = async (rate) => (await limiter.limit('team', { rate })).success;
  return { take, giveBack: (tokens) => take(-tokens) };
};
const flexible = (seconds) => {
  const limiter = new RateLimiterMemory({ points: limit, duration: seconds });
  return { take: (tokens) => limiter.consume('team', tokens).then(() => true, () => false), giveBack: (tokens) => limiter.reward('team', tokens) };
};
const bucket = (seconds) => {
  const limiter = new TokenBucket({ bucketSize: limit, tokensPerInterval: limit, interval: seconds * 1000 });
  limiter.content = limit;
  return { take: async (tokens) => limiter.tryRemoveTokens(tokens) };
};
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const hour = 3600;
const packages = {
  'rate-limiter-flexible': flexible,
  '@upstash/ratelimit, fixed window': upstash('fixedWindow'),
  '@upstash/ratelimit, sliding window': upstash('slidingWindow'),
};
const versionOf = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
console.log(['rate-limiter-flexible', '@upstash/ratelimit', 'limiter'].map((name) => `${name} ${versionOf(name)}`).join(', '));

const denied = {};
for (const [name, create] of Object.entries({ ...packages, 'limiter, bucket': bucket })) {
  const { take } = create(hour);
  denied[name] = [];
  for (const tokens of [1000, 9500, 100]) denied[name].push(await take(tokens));
  console.log(`${name}: 1,000 of 10,000 pass: ${denied[name][0]}; then 9,500: ${denied[name][1]}; then 100: ${denied[name][2]}`);
}
const passedLater = async ([name, create]) => {
  const window = 2;
  const { take, giveBack } = create(window);
  await wait(window * 1000 - (Date.now() % (window * 1000)) + 50);
  await take(9000);
  await wait(window * 2000 + 50); // Two windows on, no part of the first counts any more.
  await giveBack(7000);
  let passed = 0;
  while (passed < 10 * limit && (await take(1000))) passed += 1000;
  console.log(`${name}: 9,000 taken, 7,000 of them given back after the window: ${passed} of ${limit} pass in the later one`);
  return passed;
};
const passed = await Promise.all(Object.entries(packages).map(passedLater));
const isExpected = Object.values(denied).map((answers) => answers.join()).join(' ') === 'true,false,false true,false,false true,false,false true,false,true';
process.exit(isExpected && passed.every((tokens) => tokens === 17_000) ? 0 : 1);
JS
node seen.mjs

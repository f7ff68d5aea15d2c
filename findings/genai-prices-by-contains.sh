#!/usr/bin/env bash
# One expects: a price list knows a model that it names, and says nothing of one that is somebody's own, whose price is another.
# What happens: genai-prices finds models by a part of the name. The address of a customised Bedrock model, which AWS bills by
# the hour of provisioned throughput, gets the price per token of the model it was made from; OpenRouter's audio model gets
# that of the text model; DeepSeek's hours apply to the same model at Azure, which has none.
# Seen with @pydantic/genai-prices 0.1.8, 2026-11-28.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @pydantic/genai-prices@0.1.8
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { calcPrice } from '@pydantic/genai-prices';

const { version } = JSON.parse(readFileSync('node_modules/@pydantic/genai-prices/package.json', 'utf8'));
console.log(`@pydantic/genai-prices ${version}`);
const usage = { input_tokens: 1_000_000 };
const at = (providerId, model, timestamp = new Date('2026-11-28T12:00:00Z')) => {
  const found = calcPrice(usage, model, { providerId, timestamp });
  console.log(`${providerId} ${model} at ${timestamp.toISOString()}: ${found === null ? 'unknown' : `${found.model.id}, $${found.input_price}`}`);
  return found;
};
const custom = at('aws', 'arn:aws:bedrock:us-east-1:123456789012:custom-model/anthropic.claude-3-haiku-20240307-v1:0:200k/abcdefghijkl');
const audio = at('openrouter', 'openai/gpt-4o-audio-preview');
const text = at('openrouter', 'openai/gpt-4o');
const hours = new Set(Array.from({ length: 24 }, (_, hour) => at('azure', 'deepseek-r1', new Date(Date.UTC(2026, 10, 28, hour)))?.input_price));
console.log(`prices of deepseek-r1 at Azure within a day: ${[...hours].join(', ')}`);
process.exitCode = custom !== null && audio?.model.id === text?.model.id && hours.size > 1 ? 0 : 1;
JS
node seen.mjs

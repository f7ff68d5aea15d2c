// Written by `npm run generate` from the files beside it.
import type { ProviderTypeRow } from '../provider-type.ts';
import { ai21 } from './ai21.ts';
import { alibaba } from './alibaba.ts';
import { amazonNova } from './amazon-nova.ts';
import { anthropic } from './anthropic.ts';
import { azure } from './azure.ts';
import { baseten } from './baseten.ts';
import { bedrock } from './bedrock.ts';
import { bedrockMantle } from './bedrock-mantle.ts';
import { bedrockOpenai } from './bedrock-openai.ts';
import { cerebras } from './cerebras.ts';
import { chutes } from './chutes.ts';
import { cloudflare } from './cloudflare.ts';
import { cohere } from './cohere.ts';
import { cohereOpenai } from './cohere-openai.ts';
import { crusoe } from './crusoe.ts';
import { databricks } from './databricks.ts';
import { deepinfra } from './deepinfra.ts';
import { deepseek } from './deepseek.ts';
import { digitalocean } from './digitalocean.ts';
import { featherless } from './featherless.ts';
import { fireworks } from './fireworks.ts';
import { friendli } from './friendli.ts';
import { githubModels } from './github-models.ts';
import { gmi } from './gmi.ts';
import { google } from './google.ts';
import { googleOpenai } from './google-openai.ts';
import { groq } from './groq.ts';
import { huggingface } from './huggingface.ts';
import { hyperbolic } from './hyperbolic.ts';
import { inception } from './inception.ts';
import { jina } from './jina.ts';
import { litellm } from './litellm.ts';
import { llamacpp } from './llamacpp.ts';
import { lmstudio } from './lmstudio.ts';
import { metaLlama } from './meta-llama.ts';
import { minimax } from './minimax.ts';
import { mistral } from './mistral.ts';
import { moonshot } from './moonshot.ts';
import { nebius } from './nebius.ts';
import { novita } from './novita.ts';
import { nvidia } from './nvidia.ts';
import { ollama } from './ollama.ts';
import { ollamaCloud } from './ollama-cloud.ts';
import { openai } from './openai.ts';
import { openaiCompatible } from './openai-compatible.ts';
import { openrouter } from './openrouter.ts';
import { ovhcloud } from './ovhcloud.ts';
import { parasail } from './parasail.ts';
import { perplexity } from './perplexity.ts';
import { poe } from './poe.ts';
import { requesty } from './requesty.ts';
import { sambanova } from './sambanova.ts';
import { scaleway } from './scaleway.ts';
import { sglang } from './sglang.ts';
import { siliconflow } from './siliconflow.ts';
import { snowflake } from './snowflake.ts';
import { stepfun } from './stepfun.ts';
import { together } from './together.ts';
import { upstage } from './upstage.ts';
import { venice } from './venice.ts';
import { vercel } from './vercel.ts';
import { vertex } from './vertex.ts';
import { vllm } from './vllm.ts';
import { volcengine } from './volcengine.ts';
import { voyage } from './voyage.ts';
import { wandb } from './wandb.ts';
import { xai } from './xai.ts';
import { xiaomi } from './xiaomi.ts';
import { zai } from './zai.ts';
import { zhipu } from './zhipu.ts';

/** Every provider type with its facts. */
export const providerTypes: readonly ProviderTypeRow[] = [
  ai21,
  alibaba,
  amazonNova,
  anthropic,
  azure,
  baseten,
  bedrock,
  bedrockMantle,
  bedrockOpenai,
  cerebras,
  chutes,
  cloudflare,
  cohere,
  cohereOpenai,
  crusoe,
  databricks,
  deepinfra,
  deepseek,
  digitalocean,
  featherless,
  fireworks,
  friendli,
  githubModels,
  gmi,
  google,
  googleOpenai,
  groq,
  huggingface,
  hyperbolic,
  inception,
  jina,
  litellm,
  llamacpp,
  lmstudio,
  metaLlama,
  minimax,
  mistral,
  moonshot,
  nebius,
  novita,
  nvidia,
  ollama,
  ollamaCloud,
  openai,
  openaiCompatible,
  openrouter,
  ovhcloud,
  parasail,
  perplexity,
  poe,
  requesty,
  sambanova,
  scaleway,
  sglang,
  siliconflow,
  snowflake,
  stepfun,
  together,
  upstage,
  venice,
  vercel,
  vertex,
  vllm,
  volcengine,
  voyage,
  wandb,
  xai,
  xiaomi,
  zai,
  zhipu,
];

/** Their names. */
export const PROVIDER_TYPES = [
  'ai21',
  'alibaba',
  'amazon-nova',
  'anthropic',
  'azure',
  'baseten',
  'bedrock',
  'bedrock-mantle',
  'bedrock-openai',
  'cerebras',
  'chutes',
  'cloudflare',
  'cohere',
  'cohere-openai',
  'crusoe',
  'databricks',
  'deepinfra',
  'deepseek',
  'digitalocean',
  'featherless',
  'fireworks',
  'friendli',
  'github-models',
  'gmi',
  'google',
  'google-openai',
  'groq',
  'huggingface',
  'hyperbolic',
  'inception',
  'jina',
  'litellm',
  'llamacpp',
  'lmstudio',
  'meta-llama',
  'minimax',
  'mistral',
  'moonshot',
  'nebius',
  'novita',
  'nvidia',
  'ollama',
  'ollama-cloud',
  'openai',
  'openai-compatible',
  'openrouter',
  'ovhcloud',
  'parasail',
  'perplexity',
  'poe',
  'requesty',
  'sambanova',
  'scaleway',
  'sglang',
  'siliconflow',
  'snowflake',
  'stepfun',
  'together',
  'upstage',
  'venice',
  'vercel',
  'vertex',
  'vllm',
  'volcengine',
  'voyage',
  'wandb',
  'xai',
  'xiaomi',
  'zai',
  'zhipu',
] as const;

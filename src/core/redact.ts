/** Anything in a text that looks like a credential, as `[redacted]`: bearer tokens, vendors' key prefixes, keys in queries. */
export function redact(text: string): string {
  return text
    .slice(0, LONGEST_TEXT)
    .replace(BEARER, '$1[redacted]')
    .replace(PREFIXED_KEY, '[redacted]')
    .replace(QUERY_KEY, '$1[redacted]')
    .replace(URL_PASSWORD, '$1[redacted]@');
}

// An error text beyond this is a page, not a message.
const LONGEST_TEXT = 4_000;

const BEARER = /\b(bearer\s+|basic\s+|api[-_ ]?key["']?\s*[:=]\s*["']?)[\w.~+/=-]{6,}/gi;

// Prefixes as the vendors document them: OpenAI, Anthropic and many others `sk-`, Google `AIza`, Groq `gsk_`, xAI `xai-`,
// Perplexity `pplx-`, Hugging Face `hf_`, AWS access keys `AKIA`/`ASIA`, NVIDIA `nvapi-`, Replicate `r8_`, Tollgate's own `tg-`.
const PREFIXED_KEY =
  /\b(?:sk|pk|rk|xai|pplx|nvapi|csk|tg)-[\w*-]{6,}|\b(?:gsk|hf|r8|fw|key)_[\w*]{6,}|\bAIza[\w-]{10,}|\bA[KS]IA[A-Z0-9]{12,}/g;

const QUERY_KEY = /([?&](?:key|api[-_]?key|access_token|token)=)[^&\s"']+/gi;

const URL_PASSWORD = /(\/\/)[^/\s:@]+:[^/\s@]+@/g;

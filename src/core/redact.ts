/** Anything in a text that looks like a credential, as `[redacted]`: bearer tokens, vendors' key prefixes, keys in queries. */
export function redact(text: string): string {
  if (text.length < SHORTEST_TEXT) return text;
  return text
    .slice(0, LONGEST_TEXT)
    .replace(NAMED, '$1[redacted]')
    .replace(PREFIXED_KEY, '[redacted]')
    .replace(TOKEN, '[redacted]')
    .replace(QUERY_KEY, '$1[redacted]')
    .replace(URL_PASSWORD, '$1[redacted]@')
    .replace(DATABASE_URL, '$1[redacted]@');
}

// The numbers and words of most headers are shorter than anything that is looked for.
const SHORTEST_TEXT = 6;

// An error text beyond this is a page, not a message.
const LONGEST_TEXT = 4_000;

// After its scheme or its name; the last two are parts of AWS's `Authorization` header and of its canonical request.
const NAMED =
  /\b(bearer\s+|basic\s+|(?:api[-_ ]?key|client[-_ ]?secret|(?:refresh|access|session|security)[-_ ]?token|passw(?:or)?d)["']?\s*[:=]\s*["']?|\b(?:credential|signature)=)[\w.~+/=-]{6,}/gi;

// Prefixes as the vendors document them: OpenAI, Anthropic and many others `sk-`, Google `AIza`, Groq `gsk_`, xAI `xai-`,
// Perplexity `pplx-`, Hugging Face `hf_`, AWS access keys `AKIA`/`ASIA`, NVIDIA `nvapi-`, Replicate `r8_`, Tollgate's own `tg-`.
const PREFIXED_KEY =
  /\b(?:sk|pk|rk|xai|pplx|nvapi|csk|tg)-[\w*-]{6,}|\b(?:gsk|hf|r8|fw|key)_[\w*]{6,}|\bAIza[\w-]{10,}|\bA[KS]IA[A-Z0-9]{12,}/g;

// Google's access tokens (developers.google.com/identity/protocols/oauth2) and JSON Web Tokens (RFC 7519).
const TOKEN = /\bya29\.[\w.-]{10,}|\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g;

const QUERY_KEY =
  /([?&](?:key|api[-_]?key|(?:access_|auth_)?token|sig|signature|x-amz-(?:signature|credential|security-token))=)[^&\s"']+/gi;

/** User and password of a URL. */
const URL_PASSWORD = /(\/\/)[^/\s:@]*:[^/\s@]*(?:@[^/\s@]+)*@/g;

/** A database's URL has its password at this place only, so that it is found even if it should have been encoded. */
const DATABASE_URL = /\b((?:rediss?|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|amqps?):\/\/)[^\s"'`]*@/gi;

/** What a data URL holds. */
export interface DataUrl {
  /** In lower case, without parameters. */
  readonly mediaType: string;
  readonly base64: string;
}

/** A data URL taken apart; undefined for anything else. Data that is base64 already is a slice, not a copy. */
export function parseDataUrl(url: string): DataUrl | undefined {
  const comma = SCHEME.test(url) ? url.indexOf(',') : -1;
  if (comma < 0) return undefined;
  const head = url.slice('data:'.length, comma).toLowerCase();
  const data = url.slice(comma + 1);
  return {
    // RFC 2397, section 2: a URL that names no type is text.
    mediaType: head.split(';', 1)[0] || 'text/plain',
    base64: head.endsWith(';base64') ? data : Buffer.from(percentDecoded(data)).toString('base64'),
  };
}

// Schemes and media types are in any case (RFC 3986, section 3.1; RFC 9110, section 8.3.1).
const SCHEME = /^data:/i;

/** Text without base64. A percent sign that encodes nothing stands for itself. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

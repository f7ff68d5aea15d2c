/** The page itself; everything else it asks for by query, so that it works under any path, with and without a slash. */
export function html(nonce: string | undefined): string {
  const attribute = nonce === undefined ? '' : ` nonce="${nonce}"`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Tollgate</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="?file=styles"${attribute}>
<script type="module" src="?file=script"${attribute}></script>
</head>
<body>
<div id="app"><p class="loading">Waiting for the gateway…</p></div>
<noscript>The dashboard needs JavaScript.</noscript>
</body>
</html>
`;
}

/** A nonce is base64 (https://www.w3.org/TR/CSP3/#grammardef-nonce-source); nothing else may stand in the page. */
export function assertNonce(nonce: string): string {
  if (!/^[\w+/-]+={0,2}$/.test(nonce)) throw new TypeError('dashboard: `nonce` must return base64 text');
  return nonce;
}

export function contentSecurityPolicy(nonce: string | undefined): string {
  const own = nonce === undefined ? "'self'" : `'self' 'nonce-${nonce}'`;
  return [
    "default-src 'none'",
    `script-src ${own}`,
    `style-src ${own}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

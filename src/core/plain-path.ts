/** Lower-case, percent-decoded, without doubled slashes, slashes at the end and white space around segments. */
export function plainPath(path: string): string {
  return `/${(decodedPath(path) ?? path)
    .toLowerCase()
    .split(/[/\\]+/)
    .map((segment) => segment.trim())
    .filter((segment) => segment !== '')
    .join('/')}`;
}

/** Undefined if the text is no valid encoding. */
export function decodedPath(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

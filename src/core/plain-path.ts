/** Lower-case, percent-decoded, without doubled slashes and slashes at the end. */
export function plainPath(path: string): string {
  return `/${(decodedPath(path) ?? path)
    .toLowerCase()
    .split(/[/\\]+/)
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

import type { Application, DocumentReflection } from 'typedoc';

/** How the site names a page: by its path, an index by its folder. */
export function documentName(path: string): string {
  const name = path.replace(/\.md$/, '');
  return /^(?:examples|test)\/README$/.test(name) ? name.slice(0, -'/README'.length) : name.replace(/\/README$/, '/overview');
}

/** Where the site has a page. */
export function documentAddress(path: string): string {
  return `documents/${documentName(path).replaceAll('/', '_')}.html`;
}

/** TypeDoc calls it, since `typedoc.json` names this file: without it the navigation would have four pages called README. */
export function load(app: Application): void {
  app.converter.on('createDocument', (_context: unknown, document: DocumentReflection) => {
    document.name = documentName(document.name);
  });
}

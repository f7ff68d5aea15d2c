import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeSplittingNameFunction, OutputChunk, Plugin } from 'rolldown';
import { FILES, standIn } from './files-when-needed.ts';

/**
 * Parts that are there as soon as something is constructed, and not when the library is imported. Only `require` does that,
 * so that each becomes a file of CommonJS, and a module that exports what the file does, for the parts that are modules. The
 * file is a function of the modules that it shares with others: some loaders make a second module of one that is required,
 * and with it a second class of each error.
 */
const CODE = ['gateway', 'redis', 'sqlite'];
/** Stores that a configuration can name: what they share with others is in the part `gateway`. */
const STORES = ['src/stores/redis/index.ts', 'src/stores/sqlite.ts'];

/** What a gateway works by, and who asks for it. */
const GATEWAY_CODE = 'src/gateway/gateway-code.ts';
const GATEWAY = 'src/gateway.ts';
/** Who only asks what it can do has no need of it. */
const AT_IMPORT = ['src/index.ts', 'src/cli/index.ts'];

/** The module that gives the part `gateway`, in `dist/parts`, and what stands for it until it is written. */
const LOADER = 'gateway-code.js';
export const WAY_TO_CODE = '#gateway-code';
const STAND_INS = '\0gateway-code';

/** An entry that says what the part's names are in the source. */
const NAMES = 'gateway-code-names';
export const ENTRY_OF_NAMES = { [NAMES]: GATEWAY_CODE };

/** Puts functions in the place of what a gateway works by, which load it when one of them is first called. */
export function codeWhenNeeded(root: string): Plugin {
  return {
    name: 'code-when-needed',
    resolveId(id, importer) {
      return importer === join(root, GATEWAY) && id.endsWith('/gateway-code.ts') ? STAND_INS : null;
    },
    load(id) {
      if (id !== STAND_INS) return null;
      const exported = readFileSync(join(root, GATEWAY_CODE), 'utf8').matchAll(/^export \{([^}]*)\}/gm);
      const names = [...exported].flatMap(([, list = '']) => Object.keys(namesIn(list)));
      return [`import { gatewayCode } from '${WAY_TO_CODE}';`, ...names.map((name) => standIn(name, 'gatewayCode()'))].join('\n');
    },
  };
}

/** The part of a module that import needs, or construction; null for all others. */
export function partOfStart(root: string): CodeSplittingNameFunction {
  let atImport: ReadonlySet<string> | undefined;
  let byConstruction: ReadonlySet<string> | undefined;
  return (id, context) => {
    const neededBy = (sources: readonly string[]) =>
      closure(
        sources.map((source) => join(root, source)),
        (each) => context.getModuleInfo(each)?.importedIds ?? [],
      );
    atImport ??= neededBy(AT_IMPORT);
    byConstruction ??= neededBy([GATEWAY_CODE, ...STORES]);
    if (atImport.has(id)) return 'core';
    return byConstruction.has(id) ? 'gateway' : null;
  };
}

/** The modules and all that they import. */
function closure(modules: readonly string[], importsOf: (id: string) => readonly string[]): Set<string> {
  const found = new Set(modules);
  for (const id of found) for (const imported of importsOf(id)) found.add(imported);
  return found;
}

/** What a module has under the names that others know it by. */
type Names = Readonly<Record<string, string>>;

const IMPORT = /^import (?:\{([^}]*)\} from )?"([^"]+)";$/gm;
const EXPORT = /^export \{([^}]*)\};$/m;
/** What a file is a function of; no function of the library's has a parameter of that name. */
const GIVEN = 'thePackage';
/** A part or a package that loads later. */
const LATER = /\bimport\("([^"]+)"\)/g;

/** Of a list in braces: by the name on the left, the name on the right. */
function namesIn(list: string): Names {
  const pairs = list.split(',').map((each) => each.trim().split(' as '));
  return Object.fromEntries(pairs.filter(([name]) => name !== '').map(([name, as = name]) => [name, as]));
}

function exportedBy(code: string): Names {
  const exported = namesIn(EXPORT.exec(code)?.[1] ?? '');
  return Object.fromEntries(Object.entries(exported).map(([own, as]) => [as, own]));
}

/** What of it there may be only one of. What Node and packages of CommonJS give is the same by `require`. */
function isShared(module: string): boolean {
  return /^(?:\.\/|openai(?:\/|$))/.test(module);
}

type Part = Pick<OutputChunk, 'fileName' | 'imports' | 'code'>;

/** Writes these parts, which are in the folder as modules, in their two forms, and what loads them. Returns what imports what then. */
export function writeCodeWhenNeeded(folder: string, parts: readonly Part[]): Omit<Part, 'code'>[] {
  assertOnlyCodeAsks(parts);
  const shared = new Map<string, Set<string>>();
  const later = new Set<string>();
  for (const name of CODE) {
    const path = join(folder, 'parts', name);
    const code = readFileSync(`${path}.js`, 'utf8');
    for (const [, module = ''] of code.matchAll(LATER)) later.add(module);
    for (const [, list = '', module = ''] of code.matchAll(IMPORT)) {
      if (!isShared(module) || module === './gateway.js') continue;
      shared.set(module, new Set([...(shared.get(module) ?? []), ...Object.keys(namesIn(list))]));
    }
    writeFileSync(`${path}.cjs`, asCommonJs(name, code, namesInSource(name, parts)));
    renameSync(`${path}.js.map`, `${path}.cjs.map`);
    writeFileSync(`${path}.js`, asModule(name, code));
  }
  writeFileSync(join(folder, 'parts', LOADER), loader(shared, later));
  for (const file of [`${NAMES}.js`, `${NAMES}.js.map`]) rmSync(join(folder, file), { force: true });
  const ofParts = [...shared.keys()].filter((module) => module.startsWith('./'));
  const written = parts.filter(({ fileName }) => fileName !== `${NAMES}.js`).map((part) => toldTheWay(part, folder));
  return [{ fileName: `parts/${LOADER}`, imports: ofParts.map((module) => join('parts', module)) }, ...written];
}

/** Nothing stands for these files but where it is replaced. */
function assertOnlyCodeAsks(parts: readonly Part[]): void {
  const others = parts.filter(({ fileName }) => !CODE.some((name) => fileName === `parts/${name}.js`));
  const asking = others.filter(({ imports }) => imports.includes(FILES)).map(({ fileName }) => fileName);
  if (asking.length > 0) throw new Error(`only ${CODE.join(', ')} may ask for yaml, zod or a store, not ${asking}`);
}

/** What a part exports, by the names that its source has for it. */
function namesInSource(name: string, parts: readonly Part[]): Names {
  const entry = name === 'gateway' ? NAMES : name;
  const code = parts.find(({ fileName }) => fileName === `${entry}.js`)?.code ?? '';
  const imported = [...code.matchAll(IMPORT)].flatMap(([, list = '']) => Object.entries(namesIn(list)));
  return Object.fromEntries(imported.map(([name, inSource]) => [inSource, name]));
}

/** A function of the parts that gives what the module exports. The lines stay where they were, for the source map. */
function asCommonJs(name: string, code: string, inSource: Names): string {
  const exported = exportedBy(code);
  assertNothingChanges(name, code, Object.values(exported));
  const given = {
    ...exported,
    ...Object.fromEntries(Object.entries(inSource).map(([real, as]) => [real, exported[as]])),
    ...(name === 'gateway' && Object.fromEntries(CODE.slice(1).map((other) => [other, other]))),
  };
  const body = code
    .replace(IMPORT, (_line, list: string | undefined, module: string) => taken(list ?? '', module))
    .replace(EXPORT, () => `return { ${listOf(given, ': ')} };\n});`)
    .replaceAll(LATER, `${GIVEN}.load("$1")`)
    .replaceAll('import.meta.url', `${GIVEN}.url`)
    .replace(`=${name}.js.map`, `=${name}.cjs.map`);
  const left = /^(?:import|export) .*|import\.meta/m.exec(body)?.[0];
  if (left !== undefined) throw new Error(`${name} has what CommonJS has not: ${left}`);
  return `"use strict"; module.exports = (function (${GIVEN}) { ${body}`;
}

/** What is handed over is what it was at that time. */
function assertNothingChanges(name: string, code: string, exported: readonly (string | undefined)[]): void {
  const changing = [...code.matchAll(/^let ([\w$]+)/gm)].map(([, own]) => own).filter((own) => exported.includes(own));
  if (changing.length > 0) throw new Error(`${name}: ${changing.join(', ')} may change after others have read it`);
}

/** What stands in the place of an import. */
function taken(list: string, module: string): string {
  if (module === FILES) return Object.keys(namesIn(list)).map(fileTaken).join(' ');
  const id = JSON.stringify(module);
  const required = isShared(module) ? `${GIVEN}[${id}]` : `require(${id})`;
  // In a bundle that is a module `require` of what is Node's may fail; a Node that is too old has nothing else.
  const from = module.startsWith('node:') ? `process.getBuiltinModule?.(${id}) ?? ${required}` : required;
  return `const { ${listOf(namesIn(list), ': ')} } = ${from};`;
}

function fileTaken(name: string): string {
  const file = `require("./${name}.cjs")`;
  return `const ${name} = () => ${CODE.includes(name) ? `${GIVEN}["./${name}.js"] ??= ${file}(${GIVEN})` : file};`;
}

function listOf(names: Readonly<Record<string, string | undefined>>, as: string): string {
  return Object.entries(names)
    .map(([name, own]) => `${name}${as}${own}`)
    .join(', ');
}

/** A module that exports what the file does. Some of the names are words of the language. */
function asModule(name: string, code: string): string {
  const own = Object.fromEntries(Object.keys(exportedBy(code)).map((each, place) => [each, `own${place}`]));
  const exported = Object.fromEntries(Object.entries(own).map(([each, as]) => [as, each]));
  return `import { gatewayCode } from "./${LOADER}";
const { ${listOf(own, ': ')} } = gatewayCode()${name === 'gateway' ? '' : `.${name}()`};
export { ${listOf(exported, ' as ')} };
`;
}

function loader(shared: ReadonlyMap<string, ReadonlySet<string>>, later: ReadonlySet<string>): string {
  const modules = [...shared].map(([module, names], place): [string, Names] => [
    JSON.stringify(module),
    Object.fromEntries([...names].map((name, at) => [name, `shared${place}_${at}`])),
  ]);
  return `import { gateway, required } from "#when-needed";
${modules.map(([module, names]) => `import { ${listOf(names, ' as ')} } from ${module};`).join('\n')}
const later = {
${[...later].map((module) => `  "${module}": () => import("${module}"),`).join('\n')}
};
let code;
export function gatewayCode() {
  return code ??= load();
}
function load() {
  const parts = { url: import.meta.url, load: async (id) => required(id) ?? later[id]() };
${modules.map(([module, names]) => `  parts[${module}] = { ${listOf(names, ': ')} };`).join('\n')}
  parts["./gateway.js"] = gateway()(parts);
  return parts["./gateway.js"];
}
`;
}

/** A part with its way to the code, if it asks for that. */
function toldTheWay({ fileName, imports }: Part, folder: string): Omit<Part, 'code'> {
  if (CODE.some((name) => fileName === `parts/${name}.js`)) return { fileName, imports: [`parts/${LOADER}`] };
  if (!imports.includes(WAY_TO_CODE)) return { fileName, imports };
  const file = join(folder, fileName);
  writeFileSync(file, readFileSync(file, 'utf8').replace(`"${WAY_TO_CODE}"`, `"./parts/${LOADER}"`));
  return { fileName, imports: [...imports, `parts/${LOADER}`] };
}

/**
 * The two ways to the part: Node's, by the condition `module-sync`, and everybody else's, who may not follow a path: `module` is
 * what bundlers set. Some loaders make CommonJS of a module that is required, and by `import()` another module of the same
 * file: what loads later is required there too. A `module` that is global is that of `node --eval`.
 */
export function writeWays(folder: string): void {
  writeFileSync(join(folder, 'files-when-needed.js'), WHEN_NEEDED);
  writeFileSync(join(folder, 'files-at-once.js'), AT_ONCE);
}

const WHEN_NEEDED = `import { createRequire } from 'node:module';
const requireHere = createRequire(import.meta.url);
export const gateway = () => requireHere('./gateway.cjs');
const isCommonJs = typeof module === 'object' && module !== globalThis.module;
export const required = (id) => isCommonJs && id.startsWith('./') ? requireHere(id) : undefined;
`;
const AT_ONCE = `import gatewayFile from './gateway.cjs';
export const gateway = () => gatewayFile;
export const required = () => undefined;
`;

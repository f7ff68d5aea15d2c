import type { ChatParams, FunctionDefinition, ToolChoice } from '../../core/chat.ts';
import { isFunctionTool, nameOfAllowed } from '../chat/read-tools.ts';
import { toObjectSchema } from '../object-schema.ts';
import { RequestInvalid } from '../request-invalid.ts';
import type { GeminiModel } from './model.ts';
import { toOpenApiSchema } from './schema.ts';
import type { GeminiFunctionCallingConfig, GeminiFunctionDeclaration } from './wire-types.ts';

/** The wire's own tools, which a caller may put into `tools` as they are. */
const NATIVE_TOOLS: ReadonlySet<string> = new Set([
  'googleSearch',
  'googleSearchRetrieval',
  'googleMaps',
  'codeExecution',
  'urlContext',
  'fileSearch',
  'retrieval',
  'enterpriseWebSearch',
  'computerUse',
]);

/** Functions of `tools` or of the legacy `functions`. */
export function functionsOf({ tools, functions }: Pick<ChatParams, 'tools' | 'functions'>): FunctionDefinition[] {
  if (!tools?.length) return functions ?? [];
  return tools.filter(isFunctionTool).map((tool) => tool.function);
}

/** The caller asks in the legacy form, so that the answer has it too. */
export function isLegacy({ tools, functions }: Pick<ChatParams, 'tools' | 'functions'>): boolean {
  return !tools?.length && Boolean(functions?.length);
}

export function toTools(params: ChatParams, model: GeminiModel): object[] {
  const natives = (params.tools ?? []).filter(isNativeTool);
  const functionDeclarations = functionsOf(params).map((definition) => toDeclaration(definition, model));
  return functionDeclarations.length > 0 ? [...natives, { functionDeclarations }] : natives;
}

function toDeclaration({ name, description, parameters }: FunctionDefinition, model: GeminiModel): GeminiFunctionDeclaration {
  const declaration: GeminiFunctionDeclaration = { name };
  if (description) declaration.description = description;
  if (!parameters) return declaration;
  if (model.generation >= 2.5) declaration.parametersJsonSchema = parameters;
  else {
    // An object without properties is refused by these models; leaving it out says the same.
    const schema = toOpenApiSchema(toObjectSchema(parameters));
    if (schema?.properties !== undefined) declaration.parameters = schema;
  }
  return declaration;
}

/** False for a tool that the wire has no counterpart of: custom tools, foreign names, schemas that can't be said. */
export function isKnownTool(tool: unknown, model: GeminiModel): boolean {
  return isNativeTool(tool) || (isFunctionTool(tool) && isKnownFunction(tool.function, model));
}

// Google's documentation of FunctionDeclaration: a letter or underscore first, at most 128 characters (64 before Gemini 2.5).
const FUNCTION_NAME = /^[A-Za-z_][\w.:-]{0,127}$/;

export function isKnownFunction({ name, parameters }: FunctionDefinition, model: GeminiModel): boolean {
  if (!FUNCTION_NAME.test(name)) return false;
  return model.generation >= 2.5 || !parameters || toOpenApiSchema(toObjectSchema(parameters)) !== undefined;
}

/** One of the wire's own tools, in its own form. */
export function isNativeTool(tool: unknown): tool is object {
  if (typeof tool !== 'object' || tool === null || 'type' in tool) return false;
  return Object.keys(tool).some((name) => NATIVE_TOOLS.has(name));
}

/** `tool_choice` and `strict` as a mode; undefined if the wire's default says the same. */
export function toCallingConfig(params: ChatParams, model: GeminiModel): GeminiFunctionCallingConfig | undefined {
  const functions = functionsOf(params);
  const choice = params.tool_choice ?? fromLegacy(params.function_call);
  if (functions.length === 0) {
    if (choice && choice !== 'auto' && choice !== 'none') throw new RequestInvalid('tool_choice', 'tools to choose from');
    return undefined;
  }
  // `VALIDATED` holds the model to the schemas, which is what `strict` asks for; Gemini 2.5 and later know it.
  const isStrict = model.generation >= 2.5 && functions.some((definition) => definition.strict === true);
  if (choice === undefined || choice === null) return isStrict ? { mode: 'VALIDATED' } : undefined;
  if (choice === 'none') return { mode: 'NONE' };
  if (choice === 'auto') return { mode: isStrict ? 'VALIDATED' : 'AUTO' };
  if (choice === 'required') return { mode: 'ANY' };
  const allowedFunctionNames = allowedNames(choice);
  if (allowedFunctionNames === undefined)
    throw new RequestInvalid('tool_choice', 'auto, none, required, a function or allowed_tools');
  // Names count beside `ANY` and `VALIDATED` only; of the two, `VALIDATED` leaves the model free to answer.
  const isFree = choice.type === 'allowed_tools' && choice.allowed_tools.mode !== 'required';
  return { mode: isFree ? 'VALIDATED' : 'ANY', allowedFunctionNames };
}

function allowedNames(choice: Exclude<ToolChoice, string>): string[] | undefined {
  if (choice.type === 'function') return [choice.function.name];
  if (choice.type !== 'allowed_tools') return undefined;
  return choice.allowed_tools.tools.map(nameOfAllowed).filter((name) => typeof name === 'string');
}

function fromLegacy(choice: ChatParams['function_call']): ToolChoice | undefined {
  if (typeof choice !== 'object' || choice === null) return choice;
  return { type: 'function', function: { name: choice.name } };
}

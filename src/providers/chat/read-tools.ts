import type { FunctionTool } from '../../core/chat.ts';
import { isRecord, type JsonRecord } from '../../core/json.ts';
import type { Params } from '../../core/params.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { isAbsent, isRecordOrAbsent, isTextOrAbsent, type Problem } from './records.ts';

/** Forms of a wire's own that may stand where OpenAI's do; they go out as the caller wrote them. */
export interface NativeForms {
  isTool(tool: unknown): boolean;
  isChoice(choice: unknown): boolean;
}

/** For a wire that takes OpenAI's forms only. */
export const NO_NATIVE_FORMS: NativeForms = { isTool: () => false, isChoice: () => false };

/** Checks the tools and the choice among them, legacy names included; throws `RequestInvalid` with the path. */
export function checkTools({ tools, functions, tool_choice, function_call }: Params, native: NativeForms): void {
  if (!isAbsent(tools)) checkToolList(tools, native);
  if (!isAbsent(functions)) checkFunctions(functions);
  if (!isAbsent(tool_choice) && !native.isChoice(tool_choice)) raise('tool_choice', problemOfChoice(tool_choice));
  if (!isAbsent(function_call)) raise('function_call', problemOfLegacyChoice(function_call));
}

function raise(path: string, problem: Problem | undefined): void {
  if (problem) throw new RequestInvalid(path + problem.at, problem.expected);
}

function checkToolList(tools: unknown, native: NativeForms): void {
  if (!Array.isArray(tools)) throw new RequestInvalid('tools', 'a list of tools');
  for (const [position, tool] of tools.entries()) {
    if (!native.isTool(tool)) raise(`tools[${position}]`, problemOfTool(tool));
  }
}

function checkFunctions(functions: unknown): void {
  if (!Array.isArray(functions)) throw new RequestInvalid('functions', 'a list of functions');
  for (const [position, definition] of functions.entries())
    raise(`functions[${position}]`, problemOfFunction(definition, LEGACY));
}

const NO_TOOL: Problem = { at: '', expected: 'a tool' };
const NO_TYPE: Problem = { at: '.type', expected: 'the type of a tool' };
const NO_MARK: Problem = { at: '.cache_control', expected: 'an object' };

function problemOfTool(tool: unknown): Problem | undefined {
  if (!isRecord(tool)) return NO_TOOL;
  if (!isRecordOrAbsent(tool.cache_control)) return NO_MARK;
  if (tool.type === 'function' || tool.function !== undefined) return problemOfFunction(tool.function, OF_TOOL);
  // A tool of another kind has its own form, or another wire's, which need not have a type; `unsupported` names it.
  const isForeign = typeof tool.type === 'string' || (isAbsent(tool.type) && Object.keys(tool).length > 0);
  return isForeign ? undefined : NO_TYPE;
}

interface FunctionProblems {
  readonly name: Problem;
  readonly description: Problem;
  readonly parameters: Problem;
}

const OF_TOOL = functionProblems('.function');
const LEGACY = functionProblems('');

function functionProblems(at: string): FunctionProblems {
  return {
    name: { at: `${at}.name`, expected: 'the name of a function' },
    description: { at: `${at}.description`, expected: 'a string' },
    parameters: { at: `${at}.parameters`, expected: 'a JSON schema' },
  };
}

function problemOfFunction(definition: unknown, problems: FunctionProblems): Problem | undefined {
  if (!isRecord(definition) || !isName(definition.name)) return problems.name;
  if (!isTextOrAbsent(definition.description)) return problems.description;
  return isRecordOrAbsent(definition.parameters) ? undefined : problems.parameters;
}

const NO_CHOICE: Problem = { at: '', expected: 'none, auto, required or a tool' };
const NO_CHOSEN: Problem = { at: '', expected: 'a function with its name under function.name' };
const NO_ALLOWED: Problem = { at: '', expected: 'a list of tools under allowed_tools.tools' };
const NO_MODE: Problem = { at: '', expected: 'auto or required under allowed_tools.mode' };

function problemOfChoice(choice: unknown): Problem | undefined {
  if (choice === 'none' || choice === 'auto' || choice === 'required') return undefined;
  if (!isRecord(choice)) return NO_CHOICE;
  switch (choice.type) {
    case 'function':
      return isRecord(choice.function) && isName(choice.function.name) ? undefined : NO_CHOSEN;
    case 'allowed_tools':
      return problemOfAllowed(choice.allowed_tools);
    case 'custom':
      return undefined;
    default:
      return NO_CHOICE;
  }
}

function problemOfAllowed(allowed: unknown): Problem | undefined {
  if (!isRecord(allowed) || !Array.isArray(allowed.tools) || !allowed.tools.every(isRecord)) return NO_ALLOWED;
  return allowed.mode === 'auto' || allowed.mode === 'required' ? undefined : NO_MODE;
}

const NO_LEGACY_CHOICE: Problem = { at: '', expected: 'none, auto or a function' };
const NO_LEGACY_NAME: Problem = { at: '.name', expected: 'the name of a function' };

function problemOfLegacyChoice(choice: unknown): Problem | undefined {
  if (choice === 'none' || choice === 'auto') return undefined;
  if (!isRecord(choice)) return NO_LEGACY_CHOICE;
  return isName(choice.name) ? undefined : NO_LEGACY_NAME;
}

/** OpenAI's type of a tool may be missing if its function is there. */
export function isFunctionTool(tool: unknown): tool is FunctionTool {
  return isRecord(tool) && (tool.type === 'function' || (tool.type === undefined && isRecord(tool.function)));
}

/** The name that an entry of `allowed_tools` has, in either of its forms. */
export function nameOfAllowed(tool: JsonRecord): unknown {
  return isRecord(tool.function) ? tool.function.name : tool.name;
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

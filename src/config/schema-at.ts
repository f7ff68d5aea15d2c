import type { z } from 'zod';

type Path = readonly (string | number)[];

/** Keys that the schema knows for an object at a path, over all forms that the object may have. */
export function keysAt(schema: z.ZodType, path: Path): string[] {
  return formsAt(schema, path).flatMap((form) => (isOf(form, 'object') ? Object.keys(form.shape) : []));
}

/** Texts that the schema takes at a path as they are. */
export function valuesAt(schema: z.ZodType, path: Path): string[] {
  return formsAt(schema, path).flatMap((form) => {
    if (isOf(form, 'enum')) return form.options.map(String);
    return isOf(form, 'literal') ? [...form.values].map(String) : [];
  });
}

function formsAt(schema: z.ZodType, path: Path): z.core.$ZodType[] {
  let forms = unwrap(schema);
  for (const step of path) forms = forms.flatMap((form) => below(form, step)).flatMap(unwrap);
  return forms;
}

/** The schema without what wraps it; a union becomes its branches. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (isOf(schema, 'optional') || isOf(schema, 'readonly')) return unwrap(schema.unwrap());
  return isOf(schema, 'union') ? schema.options.flatMap(unwrap) : [schema];
}

function below(schema: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  if (isOf(schema, 'array')) return [schema.element];
  if (isOf(schema, 'record')) return [schema.valueType];
  if (!isOf(schema, 'object') || !Object.hasOwn(schema.shape, step)) return [];
  return [schema.shape[step]];
}

interface Forms {
  readonly array: z.ZodArray;
  readonly enum: z.ZodEnum;
  readonly literal: z.ZodLiteral;
  readonly object: z.ZodObject;
  readonly optional: z.ZodOptional;
  readonly readonly: z.ZodReadonly;
  readonly record: z.ZodRecord;
  readonly union: z.ZodUnion;
}

/** By what a schema says of itself: its class is there only when zod has been evaluated, which a copy of it does not see. */
function isOf<T extends keyof Forms>(schema: z.core.$ZodType, type: T): schema is z.core.$ZodType & Forms[T] {
  return schema._zod.def.type === type;
}

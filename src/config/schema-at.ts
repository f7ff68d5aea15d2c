import { z } from 'zod';

type Path = readonly (string | number)[];

/** Keys that the schema knows for an object at a path, over all forms that the object may have. */
export function keysAt(schema: z.ZodType, path: Path): string[] {
  return formsAt(schema, path).flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : []));
}

/** Texts that the schema takes at a path as they are. */
export function valuesAt(schema: z.ZodType, path: Path): string[] {
  return formsAt(schema, path).flatMap((form) => {
    if (form instanceof z.ZodEnum) return form.options.map(String);
    return form instanceof z.ZodLiteral ? [...form.values].map(String) : [];
  });
}

function formsAt(schema: z.ZodType, path: Path): z.core.$ZodType[] {
  let forms = unwrap(schema);
  for (const step of path) forms = forms.flatMap((form) => below(form, step)).flatMap(unwrap);
  return forms;
}

/** The schema without what wraps it; a union becomes its branches. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly) return unwrap(schema.unwrap());
  return schema instanceof z.ZodUnion ? schema.options.flatMap(unwrap) : [schema];
}

function below(schema: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (!(schema instanceof z.ZodObject) || !Object.hasOwn(schema.shape, step)) return [];
  return [schema.shape[step]];
}

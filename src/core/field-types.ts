const TYPES = new WeakMap<FormData, ReadonlyMap<string, string>>();
const NONE: ReadonlyMap<string, string> = new Map();

/** The types that fields of a form came with, by their names: a `FormData` has no place for those of texts. */
export function fieldTypes(form: FormData): ReadonlyMap<string, string> {
  return TYPES.get(form) ?? NONE;
}

/** Nothing that a line of a head can't have is kept. */
export function setFieldType(form: FormData, field: string, type: string): void {
  if (/^[\x20-\x7e]+$/.test(type)) TYPES.set(form, new Map([...fieldTypes(form), [field, type]]));
}

/** The same form, with the types that the fields of another have. */
export function typedAs(form: FormData, other: FormData): FormData {
  const types = TYPES.get(other);
  if (types !== undefined) TYPES.set(form, types);
  return form;
}

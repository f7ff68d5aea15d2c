import { typedAs } from '../../core/field-types.ts';
import type { FoundText } from './read-texts.ts';

/** Fields of a form that speak to the model; its files are no texts. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(['prompt', 'input', 'instructions']);

/** The texts of a form, as images are edited and sound is transcribed by. */
export function readFormTexts(form: FormData): FoundText[] {
  const found: FoundText[] = [];
  for (const [name, value] of form.entries()) {
    if (typeof value !== 'string' || value === '' || name === 'model') continue;
    const kind = TEXT_FIELDS.has(name) ? 'text' : 'other';
    found.push({ part: { kind, text: value, path: name }, keys: [name] });
  }
  return found;
}

/** The same form with other texts; fields keep their order. */
export function withFormTexts(form: FormData, changes: readonly { readonly place: number; readonly text: string }[]): FormData {
  const byPlace = new Map(changes.map(({ place, text }) => [place, text]));
  const copy = new FormData();
  let place = 0;
  for (const [name, value] of form.entries()) {
    if (typeof value !== 'string') copy.append(name, value, value.name);
    else if (value === '' || name === 'model') copy.append(name, value);
    else {
      copy.append(name, byPlace.get(place) ?? value);
      place += 1;
    }
  }
  return typedAs(copy, form);
}

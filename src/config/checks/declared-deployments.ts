import { closestNames } from '../../core/closest-name.ts';
import { RESOURCE_NAMES } from '../../core/resource-names.ts';
import { entriesOf, fieldOf, itemsOf } from '../containers.ts';
import { isWildcard, splitName } from '../references.ts';

/** Deployments that models declare, and what a name was probably meant to be which none of them has. */
export class DeclaredDeployments {
  readonly #deployments = new Set<string>();
  #byLetters: ReadonlyMap<string, string> | undefined;

  constructor(config: unknown) {
    for (const [, model] of entriesOf(fieldOf(config, 'models'))) {
      for (const entry of itemsOf(fieldOf(model, 'deployments') ?? model)) {
        const name = typeof entry === 'string' ? entry : `${fieldOf(entry, 'provider')}/${fieldOf(entry, 'model')}`;
        if (!isWildcard(name)) this.#deployments.add(name);
      }
    }
  }

  /**
   * What a `provider/model` was probably meant to be, though a caller could ask for just that: a declared deployment of the
   * same letters (models of one family have names that are close), or what is handed through (`provider/batches`). `form`: in
   * which names are compared.
   */
  meantBy(name: string, form: (name: string) => string): string | undefined {
    const split = this.#deployments.has(name) || /[*?]/.test(name) ? undefined : splitName(name);
    if (split === undefined || RESOURCE_NAMES.includes(form(split.model))) return undefined;
    const deployment = this.#ofLetters(name);
    if (deployment !== undefined) return form(deployment) === form(name) ? undefined : deployment;
    const alike = RESOURCE_NAMES.filter((resource) => Math.abs(resource.length - split.model.length) <= 1);
    const [resource] = closestNames(split.model, alike, 1);
    return resource === undefined ? undefined : `${split.provider}/${resource}`;
  }

  #ofLetters(name: string): string | undefined {
    this.#byLetters ??= new Map([...this.#deployments].map((deployment) => [lettersOf(deployment), deployment]));
    return this.#byLetters.get(lettersOf(name));
  }
}

/** The letters in no order, without case and spaces. */
function lettersOf(name: string): string {
  return [...name.toLowerCase().replaceAll(/\s/g, '')].sort().join('');
}

import type { z } from 'zod';

/** A store that a configuration names by its `type`: one file each in this folder, named like the type. */
export interface StoreType<Config extends { readonly type: string }> {
  readonly type: Config['type'];
  /** The form of the configuration, for messages. */
  readonly form: string;
  readonly schema: z.ZodType<Config, Config>;
}

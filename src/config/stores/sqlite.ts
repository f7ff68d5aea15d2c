import { z } from 'zod';
import { text } from '../schema/scalars.ts';
import { type SlicesConfig, slicesSchema } from './slices-config.ts';
import type { StoreType } from './store-type.ts';

/** Counters in one file, for the processes of one machine. */
export interface SqliteStoreConfig {
  type: 'sqlite';
  /** Of the file; it is made if there is none. */
  path: string;
  /** Default: on. */
  slices?: SlicesConfig | false | undefined;
}

export const sqlite = {
  type: 'sqlite',
  form: "{ type: 'sqlite', path, slices? }",
  schema: z.strictObject({
    type: z.literal('sqlite'),
    path: text('the path of a file'),
    slices: slicesSchema,
  }),
} satisfies StoreType<SqliteStoreConfig>;

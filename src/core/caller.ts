/** Who asks. All fields are optional; own dimensions are further string fields. */
export interface Caller {
  readonly key?: string | undefined;
  readonly team?: string | undefined;
  readonly app?: string | undefined;
  readonly user?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** `high` is admitted before `normal` if calls queue. */
  readonly priority?: 'high' | 'normal' | 'low' | undefined;
  readonly [dimension: string]: string | readonly string[] | undefined;
}

export const ANONYMOUS: Caller = Object.freeze({});

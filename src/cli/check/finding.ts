/** What `tollgate check` has found at one place of a configuration. */
export interface Finding {
  /** `error`: no gateway starts with it. `warning`: it starts, and something has no effect. `note`: good to know. */
  readonly severity: 'error' | 'warning' | 'note';
  /** As in `budgets[0].match.team`; empty: the configuration itself. */
  readonly path: string;
  readonly message: string;
}

export function warning(path: string, message: string): Finding {
  return { severity: 'warning', path, message };
}

export function note(path: string, message: string): Finding {
  return { severity: 'note', path, message };
}

/** What a command has to say, and how its process ends: 0 done, 1 what was to be checked does not hold. */
export interface Report {
  /** For standard output. */
  readonly text: string;
  readonly exitCode: 0 | 1;
}

/** One subcommand. Its module is loaded when it is asked for, and loads what it needs. */
export interface Command {
  /** What `tollgate <command> --help` prints. */
  readonly help: string;
  /** Takes the arguments behind the command's name. Throws `CommandError` if it cannot do its work. */
  run(args: readonly string[]): Promise<Report>;
}

/** As sysexits.h has them, so that supervisors can tell a wrong setting from a broken disk. */
export const EXIT = { ok: 0, internal: 70, io: 74, locked: 75, config: 78 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

// By name: this folder knows no adapter, and what stops a start is a handful of typed errors.
const BY_NAME: Readonly<Record<string, ExitCode>> = {
  DataDirLocked: EXIT.locked,
  WrongMasterKey: EXIT.config,
  MasterKeyInvalid: EXIT.config,
  SigningKeyInvalid: EXIT.config,
  ConnectionInvalid: EXIT.config,
  MongoRefused: EXIT.config,
  CheckpointMissing: EXIT.config,
  InvalidTopicName: EXIT.config,
  PublicKeyInvalid: EXIT.config,
  RefusedListInvalid: EXIT.config,
  NewerLayout: EXIT.config,
  NewerBus: EXIT.config,
  UnsafeDatabase: EXIT.io,
  LogDamaged: EXIT.io,
  LogCutOff: EXIT.io,
  KeysFailed: EXIT.io,
  RestoreUnfinished: EXIT.io,
};
/** Codes of the operating system and of SQLite for a disk, a directory or a port that cannot be used. */
const IO = /^E[A-Z0-9]+$|^ERR_SQLITE/;

/** Why a start failed, as an exit code. */
export const exitCodeOf = (error: unknown): ExitCode => {
  if (!(error instanceof Error)) return EXIT.internal;
  const known = BY_NAME[error.name];
  if (known !== undefined) return known;
  return 'code' in error && typeof error.code === 'string' && IO.test(error.code) ? EXIT.io : EXIT.internal;
};

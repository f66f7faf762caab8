export type MadeBackup = {
  readonly startedAt: string;
  readonly events: number;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
};

/** Copies of data directories, made and taken back by this process. */
export type Backups = {
  /** @throws BackupMissing, BackupRefused, BackupDamaged (by name) */
  readonly make: (
    dataDir: string,
    to: string,
    onBytes: (done: number, total: number) => void,
  ) => Promise<MadeBackup>;
  /** @throws BackupMissing, BackupRefused, BackupDamaged (by name) */
  readonly restore: (from: string, dataDir: string) => Promise<MadeBackup>;
};

/** It cannot be backed up or restored as asked, and nothing that was there has been changed. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
}

/** There is nothing to back up or to restore. */
export class BackupMissing extends Error {
  override readonly name = 'BackupMissing';
}

/** What is in the backup is not what was put there, or the log in it does not hold together. */
export class BackupDamaged extends Error {
  override readonly name = 'BackupDamaged';
}

import { z } from 'zod';
import { duration } from './config-duration.ts';

const DAY_MS = 86_400_000;

/** Settings of signed checkpoints. */
export const witnessSettings = {
  /** Ed25519 private key (PEM, PKCS#8) that checkpoints are signed with; outside of DATA_DIR. None are signed without. */
  SIGNING_KEY_FILE: z.string().optional(),
  /** From one checkpoint to the next, where anything happened. */
  CHECKPOINT_EVERY_MS: duration(100, 365 * DAY_MS, 3_600_000),
  /** Where each checkpoint is written out as a file. */
  CHECKPOINT_DIR: z.string().optional(),
} as const;

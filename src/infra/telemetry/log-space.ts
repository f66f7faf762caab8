import type { AppendResult } from '../event-store/port.ts';
import { gauge, sample } from './source.ts';
import type { Source } from './source.ts';

const FULL = gauge('skald_log_full', 'Whether appends are refused because the disk is full');
/** Where there is room for a small append and none for a large one, that is one time without room. */
const QUIET_MS = 60_000;

type Deps = {
  readonly now: () => number;
  /** Once when the log has no room any more, and once when it has again. */
  readonly onChange: (isFull: boolean) => void;
};

/** Whether the log has room, by what became of the appends of this process. */
export const createLogSpace = ({ now, onChange }: Deps) => {
  let refusedAt: number | undefined;
  let isTaken = false;
  /** Also where nothing is appended any more: what was taken last stands for what would be. */
  const isFull = (): boolean => {
    if (refusedAt === undefined) return false;
    if (!isTaken || now() - refusedAt < QUIET_MS) return true;
    refusedAt = undefined;
    onChange(false);
    return false;
  };
  const refused = (): void => {
    const wasFull = isFull();
    refusedAt = now();
    isTaken = false;
    if (!wasFull) onChange(true);
  };
  const taken = (): void => {
    if (refusedAt === undefined) return;
    isTaken = true;
    isFull();
  };
  const source: Source = {
    name: 'log-space',
    families: [FULL],
    read: () => [sample(FULL, isFull() ? 1 : 0)],
  };
  return {
    source,
    isFull,
    note: (result: AppendResult): void => {
      if (result.kind === 'ok') taken();
      else if (result.kind === 'refused' && result.code === 'storage_full') refused();
    },
  };
};
export type LogSpace = ReturnType<typeof createLogSpace>;

import type { HearingOutlet } from '../../session/port.ts';

/** Messages that are being recorded, in bytes: a worker that sends faster than that has to wait. */
const MOST_BYTES = 2 * 1024 * 1024;

/** Whether a worker is listened to: not while much of it is being recorded, nor while it leaves unread what it was sent. */
export type Ear = {
  /** To be called when the outlet may have become full, or is full no longer. */
  readonly look: () => void;
  /** So many bytes more (or fewer) are being recorded. */
  readonly count: (bytes: number) => void;
};

export const createEar = (outlet: HearingOutlet): Ear => {
  let recording = 0;
  let isListening = true;
  const look = (): void => {
    const shouldListen = recording < MOST_BYTES && !outlet.isFull();
    if (shouldListen === isListening) return;
    isListening = shouldListen;
    outlet.listen(shouldListen);
  };
  return {
    look,
    count: (bytes) => {
      recording += bytes;
      look();
    },
  };
};

/** How many sockets each caller has open. */
export type Seats = {
  readonly isFull: (subject: string) => boolean;
  /** A place that is not taken yet. */
  readonly seat: () => Seat;
};

export type Seat = {
  /** False where the caller has no place left; true again and again for who sits here. */
  readonly take: (subject: string) => boolean;
  readonly leave: () => void;
};

/** @param most sockets of one caller, on this server */
export const createSeats = (most: number): Seats => {
  const taken = new Map<string, number>();
  const isFull = (subject: string): boolean => (taken.get(subject) ?? 0) >= most;
  const count = (subject: string, change: 1 | -1): void => {
    const left = (taken.get(subject) ?? 0) + change;
    if (left === 0) taken.delete(subject);
    else taken.set(subject, left);
  };
  const seat = (): Seat => {
    let sitter: string | undefined;
    return {
      take: (subject) => {
        if (sitter === undefined && isFull(subject)) return false;
        if (sitter === undefined) count(subject, 1);
        sitter ??= subject;
        return true;
      },
      leave: () => {
        if (sitter !== undefined) count(sitter, -1);
        sitter = undefined;
      },
    };
  };
  return { isFull, seat };
};

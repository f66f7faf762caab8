/** A doubly linked list: either end and removal from the middle in constant time, which a Map cannot give. */
export type LinkedList<T> = {
  readonly pushBack: (value: T) => Link<T>;
  readonly pushFront: (value: T) => Link<T>;
  readonly first: () => T | undefined;
  /** Removing a link twice changes nothing. */
  readonly remove: (link: Link<T>) => void;
  readonly size: () => number;
};

export type Link<T> = {
  readonly value: T;
  before: Link<T> | undefined;
  after: Link<T> | undefined;
  isLinked: boolean;
};

export const linkedList = <T>(): LinkedList<T> => {
  let head: Link<T> | undefined;
  let tail: Link<T> | undefined;
  let size = 0;

  const insert = (value: T, before: Link<T> | undefined, after: Link<T> | undefined): Link<T> => {
    const link: Link<T> = { value, before, after, isLinked: true };
    if (before) before.after = link;
    else head = link;
    if (after) after.before = link;
    else tail = link;
    size += 1;
    return link;
  };
  const remove = (link: Link<T>): void => {
    if (!link.isLinked) return;
    if (link.before) link.before.after = link.after;
    else head = link.after;
    if (link.after) link.after.before = link.before;
    else tail = link.before;
    link.isLinked = false;
    // Else what has gone keeps what follows it, and that what follows it: V8 takes all of it for alive.
    link.before = undefined;
    link.after = undefined;
    size -= 1;
  };
  return {
    pushBack: (value) => insert(value, tail, undefined),
    pushFront: (value) => insert(value, undefined, head),
    first: () => head?.value,
    remove,
    size: () => size,
  };
};

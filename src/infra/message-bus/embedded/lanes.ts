import type { InRecord } from '../port.ts';
import type { Lane } from './lane.ts';
import type { Beaten, Claimed, TopicPartition } from './protocol.ts';

/** @param openAt opens the lanes of partitions that were gained together. */
export const laneSet = (openAt: (gained: readonly Claimed[]) => readonly Lane[]) => {
  const lanes = new Map<string, Lane>();
  const open = (gained: readonly Claimed[]): void => {
    for (const [index, lane] of openAt(gained).entries()) {
      const place = gained[index];
      if (place) lanes.set(keyOf(place), lane);
    }
  };
  const close = (isKept: (key: string, lane: Lane) => boolean): void => {
    for (const [key, lane] of lanes) {
      if (isKept(key, lane)) continue;
      lane.drop();
      lanes.delete(key);
    }
  };
  return {
    busy: (): readonly TopicPartition[] =>
      [...lanes].filter(([, lane]) => lane.isBusy()).map(([key]) => placeOf(key)),
    wants: (): readonly Claimed[] => [...lanes.values()].flatMap((lane) => lane.want() ?? []),
    push: (records: readonly InRecord[]): void => {
      for (const [key, ofPlace] of Map.groupBy(records, keyOf)) lanes.get(key)?.push(ofPlace);
    },
    /** Brings the lanes in line with the claims; `onFree` runs when a surplus one can be given back. */
    settle: ({ claimed, surplus }: Beaten, onFree: () => void): void => {
      for (const one of surplus) void lanes.get(keyOf(one))?.finish().then(onFree);
      const claims = new Set(claimed.map(keyOf));
      close((key, lane) => claims.has(key) && !lane.hasEnded());
      const others = new Set(surplus.map(keyOf));
      open(claimed.filter((one) => !lanes.has(keyOf(one)) && !others.has(keyOf(one))));
    },
    finish: async (): Promise<void> => {
      await Promise.all([...lanes.values()].map((lane) => lane.finish()));
    },
  };
};

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

// A topic's name holds no slash.
const placeOf = (key: string): TopicPartition => {
  const [topic = '', partition] = key.split('/');
  return { topic, partition: Number(partition) };
};

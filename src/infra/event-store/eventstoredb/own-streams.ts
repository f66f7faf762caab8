/** Streams of this adapter within the namespace: never shown through the port's log. */
export const IDENTITY_STREAM = 'log-identity';
const CHECKPOINT = 'checkpoint-';

export const checkpointStream = (follower: string): string => CHECKPOINT + follower;

export const isOwn = (stream: string): boolean => stream === IDENTITY_STREAM || stream.startsWith(CHECKPOINT);

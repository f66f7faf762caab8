import { busOf } from './config-servers.ts';
import type { Config } from './config.ts';
import type { Clock } from './infra/clock/port.ts';
import type { MessageBus } from './infra/message-bus/port.ts';
import { replayedTypeOf, replayTopic } from './infra/messaging/out/replay-topic.ts';
import { allowedOrigins, allowedUrl } from './infra/outbound/allowed-hosts.ts';
import { replayCallback } from './infra/outbound/replay-callback.ts';
import { fileTarget, isReplayFileName } from './infra/replay/file-target.ts';
import type { ReplayDestination, ReplayTarget, ReplayTargets, TargetRefused } from './infra/replay/port.ts';
import type { ReplaySinks } from './infra/replay/sinks.ts';

type ReplayPlaces = {
  readonly targets: ReplayTargets;
  /** The bus there is now; undefined while there is none. */
  readonly useBus: (bus: MessageBus | undefined) => void;
};

type Options = {
  readonly config: Config;
  readonly clock: Clock;
  readonly sinks: ReplaySinks;
  readonly onTrouble: (error: unknown) => void;
};

/** Nothing is published before the bus is there: the session waits. */
class NoBusYet extends Error {
  override readonly name = 'NoBusYet';
}

/** Where sessions may go, by the settings. They are asked when a session is made, and again when it is worked on. */
export const replayTargets = (options: Options): ReplayPlaces => {
  let bus: MessageBus | undefined;
  const origins = allowedOrigins(options.config.REPLAY_CALLBACK_HOSTS);
  const check = (destination: ReplayDestination) => refusalOf(options.config, origins, destination);
  const open: ReplayTargets['open'] = async (session) => {
    const refused = check(session.destination);
    if (refused !== undefined) return refused;
    return openTarget({ ...options, bus, origins }, session);
  };
  return {
    targets: { check, open },
    useBus: (current) => {
      bus = current;
    },
  };
};

const refusalOf = (
  config: Options['config'],
  origins: ReadonlySet<string>,
  destination: ReplayDestination,
): TargetRefused | undefined => {
  switch (destination.kind) {
    case 'sink':
      return undefined;
    case 'topic':
      return busOf(config) === 'off' ? refused('BUS is off: nothing is published') : undefined;
    case 'file':
      if (config.REPLAY_DIR === undefined) return refused('no REPLAY_DIR is set: no files are written');
      return isReplayFileName(destination.name) ? undefined : refused('it is no plain file name');
    case 'callback': {
      const url = allowedUrl(destination.url, origins);
      return typeof url === 'string' ? refused(url) : undefined;
    }
  }
};

const refused = (detail: string): TargetRefused => ({ kind: 'refused', code: 'target_not_allowed', detail });

type Opening = Options & {
  readonly bus: MessageBus | undefined;
  readonly origins: ReadonlySet<string>;
};

const openTarget = async (
  { config, clock, sinks, onTrouble, bus, origins }: Opening,
  { sessionId, destination, bytes, onTrouble: tell }: Parameters<ReplayTargets['open']>[0],
): Promise<ReplayTarget | TargetRefused> => {
  const { NAMESPACE: namespace, REPLAY_DIR: directory = '' } = config;
  switch (destination.kind) {
    case 'sink':
      return sinks.open(sessionId);
    case 'file':
      return fileTarget({ directory, name: destination.name, sessionId, bytes });
    case 'callback': {
      const url = allowedUrl(destination.url, origins);
      if (typeof url === 'string') return refused(url);
      const source = `urn:skald:${namespace}`;
      return replayCallback({ sessionId, url, source, typeOf: replayedTypeOf, clock });
    }
    case 'topic':
      if (bus === undefined) throw new NoBusYet('there is no bus to publish on yet');
      return replayTopic({
        bus,
        clock,
        onTrouble: (error) => {
          onTrouble(error);
          tell(error);
        },
        namespace,
        sessionId,
        name: destination.name,
      });
  }
};

import { createAdmission } from '../../session/admission.ts';
import { createMessageGuard } from '../../session/message-guard.ts';
import type { Strike } from '../../session/message-guard.ts';
import type { Entry, HearingOutlet, Received, Session } from '../../session/port.ts';
import { mayActAs } from './access.ts';
import type { WorkerAccess } from './access.ts';
import { createEar } from './ear.ts';
import { framed, WORKER_GRAMMAR } from './frames.ts';
import type { ClientFrame } from './frames.ts';
import { openStream } from './stream.ts';
import type { Stream } from './stream.ts';
import type { StreamDeps } from './stream-deps.ts';

/** The server's side of one worker's connection: tasks out, answers and heartbeats in. */
export const openWorkerSession = (
  deps: StreamDeps,
  outlet: HearingOutlet,
  entry: Entry<WorkerAccess>,
): Session => {
  const { clock } = deps;
  let isEnded = false;
  const guard = createMessageGuard({ clock, outlet, grammar: WORKER_GRAMMAR });
  const work = createWork(deps, outlet, guard.strike);
  const admission = createAdmission<WorkerAccess>({ clock, outlet, entry, onRenewed: work.recheck });
  const handle = (frame: ClientFrame, access: WorkerAccess | undefined, bytes: number): void => {
    if (frame.type === 'auth') admission.present(frame.token);
    // The guard lets nothing else through before.
    else if (access !== undefined) work.handle(frame, access, bytes);
  };
  const take = (message: Received): void => {
    const access = admission.current();
    guard.check(message, access !== undefined, (frame) => handle(frame, access, message.bytes));
  };
  return {
    receive: (message) => {
      if (!isEnded) take(message);
      // Refusals fill the outlet, too; a socket that closes has to be read from to its end.
      if (!isEnded) work.look();
    },
    drained: work.drained,
    leave: () => {
      const stream = work.stream();
      if (stream === undefined) outlet.close('draining');
      else stream.leave();
    },
    end: (why) => {
      if (isEnded) return;
      isEnded = true;
      admission.end();
      work.stream()?.end(why);
    },
  };
};

type WorkFrame = Exclude<ClientFrame, { type: 'auth' }>;

const unexpected = (detail: string) => ({ code: 'unexpected_message', detail });

const idOf = (frame: WorkFrame): string | undefined => ('id' in frame ? frame.id : undefined);

/** What a worker may do: say hello, once, then all the rest. */
const createWork = (deps: StreamDeps, outlet: HearingOutlet, strike: Strike) => {
  const ear = createEar(outlet);
  let stream: Stream | undefined;
  const refuse = (): void => {
    const detail = 'a service acts under its own name only: the subject of its token';
    outlet.send(framed({ type: 'error', code: 'forbidden', detail }));
    outlet.close('forbidden');
  };
  return {
    stream: (): Stream | undefined => stream,
    look: ear.look,
    drained: (): void => {
      ear.look();
      stream?.drained();
    },
    /** A new token may allow less. */
    recheck: (access: WorkerAccess): void => {
      if (stream !== undefined && !mayActAs(access, stream.service)) refuse();
    },
    handle: (frame: WorkFrame, access: WorkerAccess, bytes: number): void => {
      if (frame.type !== 'hello') {
        if (stream === undefined) strike(unexpected('hello comes first'), idOf(frame));
        else stream.handle(frame, access, bytes);
      } else if (stream !== undefined) strike(unexpected('hello is sent once'));
      else if (mayActAs(access, frame.service)) stream = openStream(deps, outlet, ear, frame);
      else refuse();
    },
  };
};

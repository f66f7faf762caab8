import type { Clock } from '../clock/port.ts';
import { framed } from './frames.ts';
import type { Outlet } from './port.ts';

/** Says whether a token gives access to feeds. Rejecting counts as no. */
export type Admit = (token: string) => Promise<boolean>;

const WITHIN_MS = 5000;

type Deps = { readonly clock: Clock; readonly outlet: Outlet; readonly admit: Admit | undefined };

/** Whether a connection may be used: from the start where no `admit` is given, else once its token was accepted. */
export const createAdmission = ({ clock, outlet, admit }: Deps) => {
  let isAdmitted = admit === undefined;
  let isEnded = false;
  const stopWaiting = isAdmitted
    ? () => undefined
    : clock.schedule(WITHIN_MS, () => {
        outlet.close('authentication_timeout');
      });
  const decide = (isGood: boolean): void => {
    if (isEnded) return;
    if (!isGood) {
      outlet.close('unauthenticated');
      return;
    }
    isAdmitted = true;
    stopWaiting();
    outlet.send(framed({ type: 'authenticated' }));
  };
  return {
    isAdmitted: () => isAdmitted,
    present: (token: string): void => {
      if (admit === undefined) decide(true);
      else void admit(token).then(decide, () => decide(false));
    },
    end: (): void => {
      isEnded = true;
      stopWaiting();
    },
  };
};

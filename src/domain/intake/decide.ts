import { accept } from '../decider.ts';
import type { Decision } from '../decider.ts';
import type { IntakeEvent } from './events.ts';

type DataOf<Type> = Extract<IntakeEvent, { type: Type }>['data'];
type Refusal = DataOf<'IntakeRefused'>;

export type IntakeCommand =
  | { readonly type: 'AllocateId'; readonly instanceId: string }
  | { readonly type: 'RefuseIntake'; readonly refusal: Refusal }
  | { readonly type: 'EraseIntake'; readonly receipt: DataOf<'IntakeErased'> };

/** What was refused once may still get its id: its record may be taken again, and be understood by then. */
export type IntakeState = {
  readonly instanceId: string | null;
  readonly refusal: Refusal | null;
  /** Nobody can read any more what was refused, and why. */
  readonly isErased: boolean;
};

export const initialIntake: IntakeState = { instanceId: null, refusal: null, isErased: false };

/** One id, one refusal to tell of, and one receipt for its erasure, for each delivery. */
export const decide = (command: IntakeCommand, state: IntakeState): Decision<IntakeEvent, never> => {
  switch (command.type) {
    case 'AllocateId': {
      const { instanceId } = command;
      return state.instanceId === null
        ? accept({ type: 'InstanceIdAllocated', data: { instanceId } })
        : accept();
    }
    case 'RefuseIntake':
      return state.refusal === null ? accept({ type: 'IntakeRefused', data: command.refusal }) : accept();
    case 'EraseIntake':
      return state.refusal === null || state.isErased
        ? accept()
        : accept({ type: 'IntakeErased', data: command.receipt });
  }
};

export const evolve = (state: IntakeState, { type, data }: IntakeEvent): IntakeState => {
  switch (type) {
    case 'InstanceIdAllocated':
      return { ...state, instanceId: data.instanceId };
    case 'IntakeRefused':
      return { ...state, refusal: data };
    case 'IntakeErased':
      return { ...state, isErased: true };
  }
};

import type { InstanceError } from './handlers.ts';

/** The documented code for what nobody outside can do anything about. */
export const GENERAL_SYSTEM_ERROR = 'FINT_FLYT_INSTANCE_SERVICE_GENERAL_SYSTEM_ERROR';

export const generalSystemError: InstanceError = { errorCode: GENERAL_SYSTEM_ERROR, args: null };

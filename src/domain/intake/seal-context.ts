// The context is bound to the ciphertext: changing one of these makes everything sealed before unreadable.

export const headersContext = (intakeId: string): string => `intake/${intakeId}/headers`;

export const errorsContext = (intakeId: string): string => `intake/${intakeId}/errors`;

import { z } from 'zod';
import { serviceName } from '../../domain/names.ts';

export const workerHeartbeatInput = z.strictObject({ service: serviceName });
export type WorkerHeartbeatInput = z.infer<typeof workerHeartbeatInput>;

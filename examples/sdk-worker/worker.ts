// A worker of two steps, with a made-up identity provider behind them:
//   npm run example:worker
import { NonRetryable, step, worker } from '@skald/sdk';
import { z } from 'zod';
import { identityProvider } from './identity-provider.ts';

const realms = identityProvider();
const tenant = z.object({ name: z.string(), plan: z.enum(['trial', 'team']) });

const running = await worker({
  service: 'identity-service',
  url: process.env['SKALD_URL'] ?? 'http://127.0.0.1:8080',
  token: process.env['SKALD_TOKEN'],
  orchestrations: 'open-tenant',
  concurrency: 20,
  transport: process.env['TRANSPORT'] === 'poll' ? 'poll' : 'stream',
  steps: {
    'create-realm': step({
      input: tenant,
      // The same effect id comes with every attempt: the provider makes one realm for it, however often it is asked.
      do: ({ name, plan }, { effectId }) => ({ name, plan, realm: realms.create(name, effectId) }),
      undo: (created) => {
        if (created !== undefined) realms.remove(created.realm);
      },
    }),
    'invite-admin': step({
      input: tenant.extend({ realm: z.string() }),
      do: ({ plan, realm }, { progress }) => {
        progress({ percent: 50 });
        if (plan === 'trial')
          throw new NonRetryable('a trial has no seat for an admin', { code: 'no-seats' });
        return { invited: `admin@${realm}` };
      },
    }),
  },
});
console.log('working');
process.once('SIGTERM', () => void running.stop());
await running.ended;
console.log('stopped');

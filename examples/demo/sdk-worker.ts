import { NonRetryable, worker } from '@skald/sdk';
import { z } from 'zod';
const [url = '', service = '', json = '{}'] = process.argv.slice(2);
const orchestrations = z.record(z.string(), z.array(z.string())).parse(JSON.parse(json));
const stepCalled = (name: string) => ({
  do: (order: Record<string, string>) => {
    if (name === 'open-account' && order['plan'] === 'unpaid')
      throw new NonRetryable(`no means of payment on file for ${order['tenant']}`);
    return { ...order, [name]: `done by ${service}` };
  },
  undo: (done?: Record<string, string>) => console.error(`   ${name} of ${done?.['tenant']} is undone`),
});
const names = Object.values(orchestrations).flat();
const steps = Object.fromEntries(names.map((name) => [name, stepCalled(name)]));
await worker({ service, url, token: process.env['SKALD_TOKEN'], orchestrations, steps });

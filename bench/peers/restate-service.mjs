// The service of bench/peers/restate.ts: what a user of Restate writes for three steps.
//   node bench/peers/restate-service.mjs <port>
import { createServer } from 'node:http2';
import { createEndpointHandler, RestatePromise, service } from '@restatedev/restate-sdk';

const threeSteps = async (context, order) => {
  const first = await context.run('first', () => order);
  const second = await context.run('second', () => first);
  return context.run('third', () => second);
};

const simultaneous = async (context, order) => {
  await RestatePromise.all(['first', 'second', 'third'].map((name) => context.run(name, () => order)));
};

const services = [service({ name: 'bench', handlers: { threeSteps, simultaneous } })];
createServer(createEndpointHandler({ services })).listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log('listening');
});

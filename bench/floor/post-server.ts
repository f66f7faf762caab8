// The server of bench/floor/posts.ts: Fastify as it comes, one route, nothing behind it.
import Fastify from 'fastify';
import { z } from 'zod';

const app = Fastify();
app.post('/', (request) => ({ ok: typeof request.body === 'object' }));
await app.listen({ host: '127.0.0.1', port: 0 });
const address = z.object({ port: z.int() }).parse(app.server.address());
process.send?.(address.port);

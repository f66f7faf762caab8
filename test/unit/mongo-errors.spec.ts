import { MongoBulkWriteError, MongoNetworkError, MongoServerError } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { mongoTrouble, unlessDuplicate } from '../../src/infra/mongodb/errors.ts';

const answered = (code: number, errmsg = 'x', errorLabels: string[] = []): Error =>
  new MongoServerError({ ok: 0, code, errmsg, errorLabels });

const connectionLost = (message: string): Error => new MongoNetworkError(message);

describe('what a failed call to MongoDB means', () => {
  it.each([
    ['a primary that stepped down', answered(10107)],
    ['a member that is shutting down', answered(91)],
    ['an exceeded time limit', answered(50)],
    ['a write concern that was not reached in time', answered(64)],
    ['an overtaxed server', answered(1, 'x', ['SystemOverloadedError'])],
    ['a socket that ended', Object.assign(new Error('ended by the other party'), { code: 'EPIPE' })],
    ['a broken connection', connectionLost('connection 3 to 127.0.0.1:1 closed')],
  ])('is unavailability for %s', (_, error) => {
    expect(mongoTrouble(error)).toMatchObject({ name: 'MongoUnavailable' });
  });

  it.each([
    ['missing rights', answered(13)],
    ['refused credentials', answered(18)],
    ['a broken rule of ours', answered(2)],
    ['a duplicate key nobody expected', answered(11_000)],
  ])('is final for %s', (_, error) => {
    expect(mongoTrouble(error)).toMatchObject({ name: 'MongoRefused' });
  });

  it('is unavailability for a bulk write that a broken connection ended', () => {
    // As the driver makes it: the first error's class is lost.
    const bulk: unknown = Reflect.construct(MongoBulkWriteError, [new MongoNetworkError('closed'), {}]);
    expect(mongoTrouble(bulk)).toMatchObject({ name: 'MongoUnavailable' });
  });

  it('tells neither values nor credentials', async () => {
    const duplicate = answered(11_000, 'E11000 duplicate key error dup key: { _id: "someone@example.org" }');
    expect(await unlessDuplicate(Promise.reject(duplicate))).toBe(false);
    const network = connectionLost('cannot reach mongodb://skald:s3cret@db.internal:27017/x');
    for (const error of [duplicate, network]) {
      const told = mongoTrouble(error);
      expect(`${told.message} ${JSON.stringify(told)}`).not.toMatch(/someone|s3cret/);
      expect(told.cause).toBeUndefined();
    }
  });

  it('leaves errors of others as they are', () => {
    const other = new RangeError('limit 0');
    expect(mongoTrouble(other)).toBe(other);
  });
});

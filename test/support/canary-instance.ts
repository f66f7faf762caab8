// An instance that can be told wherever it lies, as a sender delivers it.
import { expect, vi } from 'vitest';
import { instanceHistory } from '../../src/projections/instances/read-model.ts';
import { call, read } from './http-calls.ts';

const WAIT = { timeout: 90_000, interval: 100 };

export const CANARIES = {
  value: 'canary-of-a-value-5Hq8',
  deepValue: 'canary-of-a-value-far-down-3Jp7',
  key: 'canary-of-a-key-1Nd4',
  applicationInstance: 'canary-of-the-sender-6Wf2',
  archive: 'canary-of-the-archive-9Ls5',
};
export const PLAIN_NAME = 'plain-name-of-an-integration';
export const texts = Object.values(CANARIES);
export const instance = {
  createdAt: '2020-01-01T00:00:00.000Z',
  headers: {
    ...{ sourceApplicationId: '4', correlationId: '0191e1f0-0000-7000-a000-000000000001', fileIds: [] },
    ...{ sourceApplicationIntegrationId: PLAIN_NAME, archiveInstanceId: CANARIES.archive },
    sourceApplicationInstanceId: CANARIES.applicationInstance,
  },
  value: {
    valuePerKey: { name: CANARIES.value, [CANARIES.key]: 'x' },
    objectCollectionPerKey: {
      persons: [{ valuePerKey: { name: CANARIES.deepValue }, objectCollectionPerKey: {} }],
    },
  },
};

const categoriesOf = async (url: string): Promise<readonly string[]> =>
  read(await call(`${url}/history`), instanceHistory).items.map(({ category }) => category);

/** Waits until the instance's history holds this; `nudge` is done before each look. */
export const untilHas = (url: string, category: string, nudge?: () => Promise<unknown>): Promise<void> =>
  vi.waitFor(async () => {
    await nudge?.();
    expect(await categoriesOf(url)).toContain(category);
  }, WAIT);

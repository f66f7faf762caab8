import { describe, expect, it } from 'vitest';
import { createDirectory } from '../../../src/commands/task/directory.ts';
import { serving } from '../../support/serving.ts';

describe('the directory of routes', () => {
  it('names who serves a step of a name, in every orchestration', () => {
    const directory = createDirectory();
    directory.update('tenant', serving({ crm: ['create', 'mail'], post: ['mail'] }));
    directory.update('shop', serving({ crm: ['mail'] }));
    expect(directory.servicesOf('mail')).toEqual([
      { service: 'crm', orchName: 'tenant' },
      { service: 'crm', orchName: 'shop' },
      { service: 'post', orchName: 'tenant' },
    ]);
    expect(directory.servicesOf('nothing')).toEqual([]);
  });

  it('forgets a step that is no longer served, and a service that serves nothing any more', () => {
    const directory = createDirectory();
    directory.update('tenant', serving({ crm: ['create'], post: ['mail'] }));
    expect(directory.services()).toEqual(['crm', 'post']);
    directory.update('tenant', serving({ crm: [], post: ['mail'] }));
    expect(directory.services()).toEqual(['post']);
    expect(directory.servicesOf('create')).toEqual([]);
    expect(directory.routesOf('crm')).toEqual([]);
  });
});

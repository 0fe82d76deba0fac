import { describe, expect, it } from 'vitest';
import { readConfig } from '#functions/core/config.ts';
import { functionEnv } from '../../../infra/contract/function-env.ts';

const deployment = {
  project: 'acme-fleet',
  buckets: {
    pins: 'acme-pins',
    assignments: 'acme-assignments',
    control: 'acme-control',
    receipts: 'acme-receipts',
    results: 'acme-results',
    environments: ['acme-environments', 'shared-environments'],
  },
};

describe('functionEnv', () => {
  it('sets every variable that the functions require', () => {
    const { project, buckets, maxEnvironmentBytes } = readConfig(
      functionEnv({ ...deployment, limits: { maxEnvironmentBytes: 2_147_483_648 } }),
    );

    expect({ project, buckets, maxEnvironmentBytes }).toEqual({ ...deployment, maxEnvironmentBytes: 2_147_483_648 });
  });

  it('sets the limits of a project whose quotas were raised', () => {
    const config = readConfig(functionEnv({ ...deployment, limits: { runsPerMinute: 600, maxRunning: 5_000 } }));

    expect(config).toMatchObject({ runsPerMinute: 600, maxRunning: 5_000 });
  });

  it('leaves limits without a value to their defaults', () => {
    const config = readConfig(functionEnv({ ...deployment, limits: {} }));

    expect(config).toMatchObject({ runsPerMinute: 180, maxRunning: 1_000 });
  });

  it('sets no variable that redirects a client', () => {
    const { endpoints } = readConfig(functionEnv({ ...deployment, limits: {} }));

    expect(endpoints).toEqual({});
  });
});

import { PubSub } from '@google-cloud/pubsub';
import { JobsClient } from '@google-cloud/run';
import { ChannelCredentials } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Call, FaultSwitch } from '../../../../infra/emulators/faults.ts';
import { startPubsub } from '../../../../infra/emulators/pubsub/server.ts';
import { startRun } from '../../../../infra/emulators/run/server.ts';

const ACME = 'acme@fleet.iam.gserviceaccount.com';
const PARENT = 'projects/p/locations/l';

/** Refuses every call of an identity, and keeps what was asked. */
function refuseIdentities(): { calls: Call[]; faults: FaultSwitch } {
  const calls: Call[] = [];
  const faults: FaultSwitch = (call) => {
    calls.push(call);
    return call.caller === undefined ? undefined : { kind: 'status', status: 403 };
  };
  return { calls, faults };
}

describe('endpointFor', () => {
  test('names the identity of each Cloud Run call to the fault switch, and none for the owner', async () => {
    const { calls, faults } = refuseIdentities();
    const run = await startRun({ faults });
    onTestFinished(run.close);
    const owner = jobsClient(run.endpoint);
    const acme = jobsClient(await run.endpointFor(ACME));

    await owner.listJobs({ parent: PARENT }, { autoPaginate: false });
    await expect(acme.listJobs({ parent: PARENT }, { autoPaginate: false })).rejects.toMatchObject({ code: 7 });

    expect(calls.map(({ method, caller }) => [method, caller])).toEqual([
      ['ListJobs', undefined],
      ['ListJobs', ACME],
    ]);
  });

  test('names the identity of each publisher to the fault switch, over gRPC and REST', async () => {
    const { calls, faults } = refuseIdentities();
    const pubsub = await startPubsub({ faults });
    onTestFinished(pubsub.close);
    const owner = pubsubClient(pubsub.endpoint);
    await owner.createTopic('topic');
    const endpoint = await pubsub.endpointFor(ACME);

    await expect(pubsubClient(endpoint).topic('topic').publishMessage({ json: {} })).rejects.toMatchObject({ code: 7 });
    const rest = await fetch(`http://${endpoint}/v1/projects/p/topics/topic:publish`, {
      method: 'POST',
      body: JSON.stringify({ messages: [{ data: 'e30=' }] }),
    });

    expect(rest.status).toBe(403);
    expect(calls.map(({ method, caller }) => [method, caller])).toEqual([
      ['CreateTopic', undefined],
      ['Publish', ACME],
      ['Publish', ACME],
    ]);
  });

  test('gives each identity one endpoint', async () => {
    const run = await startRun();
    onTestFinished(run.close);

    expect(await run.endpointFor(ACME)).toBe(await run.endpointFor(ACME));
    expect(new Set([run.endpoint, await run.endpointFor(ACME), await run.endpointFor('globex@x')]).size).toBe(3);
  });
});

function jobsClient(endpoint: string): JobsClient {
  const [apiEndpoint = '', port] = endpoint.split(':');
  const client = new JobsClient({
    apiEndpoint,
    port: Number(port),
    projectId: 'p',
    sslCreds: ChannelCredentials.createInsecure(),
  });
  onTestFinished(() => client.close());
  return client;
}

function pubsubClient(apiEndpoint: string): PubSub {
  const client = new PubSub({ projectId: 'p', apiEndpoint, emulatorMode: true });
  onTestFinished(() => client.close());
  return client;
}

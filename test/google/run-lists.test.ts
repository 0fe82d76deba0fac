import { describe, expect, it } from 'vitest';
import type { RunClients } from '../../functions/google/run-clients.ts';
import { executionsSince } from '../../functions/google/run-lists.ts';

const where = { project: 'fleet', region: 'r' };

/** Cloud Run's list in pages, each so many executions of which each is a second older than the one before. */
function listing(pages: number, each: number) {
  const asked: string[] = [];
  const page = (number: number) =>
    Array.from({ length: each }, (_, index) => ({
      name: `projects/123/locations/r/jobs/codex-acme/executions/x${number * each + index}`,
      createTime: { seconds: 1_000_000 - number * each - index },
    }));
  const listExecutions = async ({ parent, pageToken = '0' }: { parent: string; pageToken?: string }) => {
    asked.push(`${parent} ${pageToken}`);
    const next = Number(pageToken) + 1;
    return [page(Number(pageToken)), null, next < pages ? { nextPageToken: String(next) } : {}];
  };
  return { asked, clients: { executions: { listExecutions } } as unknown as RunClients };
}

describe('executionsSince', () => {
  it('asks for no page behind the first that is too old', async () => {
    const { asked, clients } = listing(4, 10);
    const found = await executionsSince(clients, where, new Date(999_985_000));
    expect(found).toHaveLength(15);
    expect(asked).toEqual(['projects/fleet/locations/r/jobs/- 0', 'projects/fleet/locations/r/jobs/- 1']);
  });

  it('names executions by the project that was asked for, where the answer has its number', async () => {
    const { clients } = listing(1, 1);
    expect(await executionsSince(clients, where, new Date(0))).toMatchObject([
      {
        name: 'projects/fleet/locations/r/jobs/codex-acme/executions/x0',
        job: 'projects/fleet/locations/r/jobs/codex-acme',
      },
    ]);
  });

  it('ends with the newest twenty thousand', async () => {
    const { asked, clients } = listing(1_000, 300);
    expect(await executionsSince(clients, where, new Date(0))).toHaveLength(20_000);
    expect(asked).toHaveLength(67);
  });
});

import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { childEnv } from '../../../infra/local/functions/function-env.ts';
import { prepareFunction, startFunction } from '../../../infra/local/functions/function-process.ts';
import { localFunctions } from '../../../infra/local/layout.ts';

it('startFunction rejects if its process has ended before', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'pincast-function-'));
  const host = prepareFunction(childEnv(directory.path));
  await host.close();
  const place = { logDir: directory.path };
  await expect(startFunction(host, localFunctions.status, {}, place)).rejects.toThrow(/channel closed/i);
});

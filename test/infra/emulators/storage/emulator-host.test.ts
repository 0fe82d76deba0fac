import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startTestStorage } from './start-test-storage.ts';

const SCRIPT = `
import { Storage } from '@google-cloud/storage';
const storage = new Storage({ projectId: 'test' });
await storage.createBucket('pins');
const file = storage.bucket('pins').file('a/b');
await file.save('simple', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
await file.save('resumable', { preconditionOpts: { ifGenerationMatch: (await file.getMetadata())[0].generation } });
const [files] = await storage.bucket('pins').getFiles({ prefix: 'a/' });
console.log(files.map((found) => found.name).join(), (await file.download())[0].toString());
await file.copy('c');
await file.delete();
console.log(await file.exists());
`;

test('a client with only STORAGE_EMULATOR_HOST works like any other', async () => {
  const { endpoint } = await startTestStorage();
  const env = { ...process.env, STORAGE_EMULATOR_HOST: endpoint };
  const args = ['--input-type=module', '--eval', SCRIPT];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 20_000 });
  expect(stdout).toBe('a/b resumable\n[ false ]\n');
});

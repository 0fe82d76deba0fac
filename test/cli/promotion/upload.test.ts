import { expect, it } from 'vitest';
import { environmentObject } from '#functions/cli/promotion/upload.ts';
import { digestA } from '../../fixtures/digests.ts';

it.each([
  ['environment.tar', '.tar', 'application/x-tar'],
  ['environment.tar.gz', '.tar.gz', 'application/gzip'],
  ['environment.TAR.GZ', '.tar.gz', 'application/gzip'],
  ['environment.tgz', '.tar.gz', 'application/gzip'],
  ['environment.tar.zst', '.tar.zst', 'application/zstd'],
  ['no-ending', '.tar', 'application/x-tar'],
  ['../../etc/evil.tar.gz', '.tar.gz', 'application/gzip'],
])('environmentObject names %s by its digest, with the extension %s', (fileName, ending, contentType) => {
  expect(environmentObject('bucket', 'codex', digestA, fileName)).toEqual({
    location: { bucket: 'bucket', object: `codex/${'a'.repeat(64)}${ending}` },
    contentType,
  });
});

import { expect, it } from 'vitest';
import { information } from '#functions/core/sandbox/help.ts';

it('pincast-sandbox --help fits a terminal of 80 columns', () => {
  const text = information(['--help'], '1.2.3') ?? '';
  expect(text).toContain('--environment-tar-digest VALUE  (ENVIRONMENT_TAR_DIGEST)');
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

import { expect, it } from 'vitest';
import { accessDocument } from '../../../infra/contract/access-document.ts';

it('docs/access.md has the grants of the program; if not: npm run docs:access', async () => {
  await expect(accessDocument()).toMatchFileSnapshot('../../../docs/access.md');
});

import type { Mutations } from '../mutants/mutants.ts';

export const mutations: Mutations = {
  'gcp/input/values.ts': [
    {
      mistake: 'a configuration may name an image by a tag',
      find: '@sha256:[0-9a-f]{64}$/',
      replace: '[@:][a-z0-9:]+$/',
      title: 'refuses the image',
    },
    {
      mistake: 'everyone on the internet may promote',
      find: '/^((user|group|serviceAccount):',
      replace: '/^(allUsers|(user|group|serviceAccount):',
      title: 'refuses allUsers as a promoter',
    },
    {
      mistake: 'a project is written as a number',
      find: '[a-z][a-z0-9-]{4,28}[a-z0-9]$/',
      replace: '[a-z0-9][a-z0-9-]{4,28}[a-z0-9]$/',
      title: 'reports every issue at once',
    },
  ],
  'gcp/input/check.ts': [
    {
      mistake: 'a policy that is too large fails in the middle of an update',
      find: '    ...policyIssues(deployment),\n',
      replace: '',
      title: 'refuses a fleet that is too large for an IAM policy',
    },
  ],
  'gcp/input/schema.ts': [
    {
      mistake: 'a tenant’s id can end an IAM condition’s string',
      find: '  tenant: identifier,',
      replace: '  tenant: v.string(),',
      title: 'refuses "acme\\") || true',
    },
  ],
};

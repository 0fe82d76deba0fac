import type { Mutations } from '../mutants/mutants.ts';

export const mutations: Mutations = {
  'gcp/resources/storage/buckets.ts': [
    {
      mistake: 'public access prevention is left to the organization',
      find: "publicAccessPrevention: 'enforced'",
      replace: "publicAccessPrevention: 'inherited'",
      title: 'closes every bucket to the public',
    },
    {
      mistake: 'a value that Google does not know turns public access prevention off',
      find: "publicAccessPrevention: 'enforced'",
      replace: "publicAccessPrevention: 'enforce'",
      title: 'closes every bucket to the public',
    },
    {
      mistake: 'objects may have access lists of their own',
      find: 'uniformBucketLevelAccess: true',
      replace: 'uniformBucketLevelAccess: false',
      title: 'closes every bucket to the public',
    },
    {
      mistake: 'a destroy deletes the ledger',
      find: 'protect: name !== source',
      replace: 'protect: false',
      title: 'protects every bucket but the source',
    },
    {
      mistake: 'the ledger is retained for a day',
      find: 'retained(365)',
      replace: 'retained(1)',
      title: 'retains what is created once',
    },
    {
      mistake: 'launch records are kept forever',
      find: '[rejections, rejectionsByTime, launches]',
      replace: '[rejections, rejectionsByTime]',
      title: 'expires rejections and launch records',
    },
    {
      mistake: 'the control bucket expires all of its objects',
      find: ", withState: 'LIVE', matchesPrefixes }",
      replace: ", withState: 'LIVE' }",
      title: 'expires rejections and launch records',
    },
  ],
};

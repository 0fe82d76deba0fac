import type { Mutations } from '../mutants/mutants.ts';

export const mutations: Mutations = {
  'gcp/resources/storage/buckets.ts': [
    {
      mistake: 'an update lifts an operator’s lockdown',
      find: "ignoreChanges: ['content', 'contentType', 'metadata', 'source', 'detectMd5hash', 'sourceMd5hash'],",
      replace: '',
      title: 'leaves an operator’s lockdown in force',
    },
    {
      mistake: 'an update after a refresh lifts an operator’s lockdown',
      find: ", 'detectMd5hash', 'sourceMd5hash'],",
      replace: '],',
      title: 'leaves an operator’s lockdown in force',
    },
    {
      mistake: 'an update may replace the guard',
      find: '      protect: true,\n',
      replace: '',
      title: 'fails an update that would replace the guard',
    },
  ],
  'gcp/resources/storage/records.ts': [
    {
      mistake: 'a list call finds no record in the metadata',
      find: 'metadata: recordMetadata(content)',
      replace: 'metadata: {}',
      title: 'writes the bytes and the metadata that the control plane reads',
    },
  ],
  'gcp/resources/storage/registry.ts': [
    {
      mistake: 'a changed registration is written, and deleted by its name',
      find: ', deleteBeforeReplace: true',
      replace: '',
      title: 'deletes a changed registration before',
    },
    {
      mistake: 'a tenant is registered before its job exists',
      find: ', jobs.get(job), ',
      replace: ', ',
      title: 'comes after its own job and the grants',
    },
    {
      mistake: 'a tenant is launched before its account may read its pin',
      find: '[job, serviceAccount]',
      replace: '[job]',
      title: 'comes after its own job and the grants',
    },
  ],
};

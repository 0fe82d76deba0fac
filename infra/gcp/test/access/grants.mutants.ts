import type { Mutations } from '../mutants/mutants.ts';

export const mutations: Mutations = {
  'contract/grants.ts': [
    {
      mistake: 'an operator may write every assignment, because the condition is gone',
      find: ', condition: guard }',
      replace: ' }',
      title: 'makes exactly the IAM members',
    },
    {
      mistake: 'a tenant may create receipts of every tenant',
      find: '[folder(receipts,',
      replace: '[bucket(receipts), folder(receipts,',
      title: 'makes exactly the IAM members',
    },
    {
      mistake: 'a tenant may replace what it created',
      find: "grantTo(own, 'objectCreator'",
      replace: "grantTo(own, 'objectWriter'",
      title: 'makes exactly the IAM members',
    },
    {
      mistake: 'the receipt function may launch',
      find: "grant('receipt', 'jobObserver', jobs)",
      replace: "grant('receipt', 'jobLauncher', jobs)",
      title: 'makes exactly the IAM members',
    },
  ],
  'contract/conditions.ts': [
    {
      mistake: 'a new owner of the GitHub name may promote',
      find: 'ownerId === undefined',
      replace: "ownerId !== ''",
      title: 'accepts tokens of the named repository, branch and owner only',
    },
  ],
  'contract/roles.ts': [
    {
      mistake: 'a custom role is wider than its name',
      find: "custom('pincastObjectCreator', 'Create objects, replace none', ['storage.objects.create'])",
      replace:
        "custom('pincastObjectCreator', 'Create objects, replace none', ['storage.objects.create', 'storage.objects.delete'])",
      title: 'makes exactly the custom roles',
    },
  ],
  'gcp/resources/access/grants.ts': [
    {
      mistake: 'a custom role gets a permission on its way to IAM',
      find: 'permissions: [...permissions]',
      replace: "permissions: [...permissions, 'storage.objects.setIamPolicy']",
      title: 'makes exactly the custom roles',
    },
    {
      mistake: 'conditions are dropped on the way to IAM',
      find: 'const args = { role, member, ...(condition && { condition }) };',
      replace: 'const args = { role, member };\n  void condition;',
      title: 'makes exactly the IAM members',
    },
  ],
};

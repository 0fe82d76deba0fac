/** What an emulator may lack, and an account may not be allowed. */
export type Need =
  | 'images'
  | 'containers'
  | 'sidecars'
  | 'project-numbers'
  | 'running-limit'
  | 'bucket-settings'
  | 'identities'
  | 'iam'
  | 'services'
  | 'google-apis'
  | 'bundles'
  | 'resources'
  | 'pulumi';

/** Where `npm run build` puts the functions. */
export const BUNDLES = 'dist/functions';

/** Why the need `pulumi` is never met. */
export const PULUMI = 'this program does not run the Pulumi CLI: run `pulumi preview` with a copy of the example stack';

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
  | 'bundles';

/** Where `npm run build` puts the functions. */
export const BUNDLES = 'dist/functions';

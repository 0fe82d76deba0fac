import type { PubSub } from '@google-cloud/pubsub';
import type { Storage } from '@google-cloud/storage';
import type { RunClients } from '#functions/google/run/clients.ts';
import type { Launcher } from '#functions/ports/launcher.ts';
import type { Scratch } from '../runner/scratch.ts';
import type { Rest } from './rest.ts';

/** A request that Pub/Sub pushed. */
export type Push = { path: string; messageId: string; claims: PushClaims };

/** Of the push's OIDC token. */
export type PushClaims = { aud?: string; email?: string };

/** An HTTP endpoint that Pub/Sub can reach. It sleeps for the seconds in the message's attribute `sleep`, then answers 204. */
export type Receiver = {
  url: string;
  /** The account whose token a push has to carry. */
  pushAccount: string;
  pushes(): Promise<Push[]>;
};

type Where = { scratch: Scratch; signal: AbortSignal };
export type ReceiverOptions = Where & { internalOnly: boolean };
/** `getsIn`: a prefix with `/` at its end, or '' for the bucket. */
export type ReadAccess = { getsIn: string; lists: boolean };
type StorageAccess = { apiEndpoint: string; headers: Record<string, string> };

/** The cloud that is checked: Google's, or emulators. */
export type VerifyCloud = {
  project: string;
  region: string;
  /** Where the quotas of `jobs.run` are filled. */
  quotaRegion: string;
  /** With its digest. */
  image: string;
  /** The member that may act as accounts that checks create. */
  caller: string | undefined;
  runningLimit: number | undefined;
  isEmulated: boolean;
  /** Between two reads of what changes. */
  pollMs: number;
  /** How long a push is left unanswered; the assumption is about 400 s. */
  longPushSeconds: number;
  clients(region: string): RunClients;
  /** The product's own adapter. */
  launcher: Launcher;
  storage: Storage;
  pubsub: PubSub;
  rest: Rest;
  /** Why this cloud cannot decide a check with this need; undefined if it can. */
  lacks(need: Need): string | undefined;
  /** The JSON API for an account that has this access to a bucket and nothing else. */
  readerOf(bucket: string, access: ReadAccess, where: Where): Promise<StorageAccess>;
  /** What the execution's only task wrote, once it has written `until`. */
  output(execution: string, until: string, signal: AbortSignal): Promise<string>;
  receiver(options: ReceiverOptions): Promise<Receiver>;
  close(): Promise<void>;
};

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

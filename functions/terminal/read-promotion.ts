import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { Config } from '../core/config.ts';
import { type Digest, digestOfHex, parseDigest } from '../core/digest.ts';
import { collectFault, type InputFault } from '../core/faults.ts';
import { formatGsUrl } from '../core/gs-url.ts';
import { type EnvironmentObject, environmentObject } from './environment-object.ts';
import { digestFile, type FileDigest, requireFile } from './file-digest.ts';
import { type Pinned, type PromoteOptions, type PromoteOrder, promoteOrder } from './promote-order.ts';
import { readSeconds } from './read-option.ts';
import type { Session } from './session.ts';
import { refuseFaults, usageError } from './terminal-error.ts';

/** The options as they were typed. */
export type ReadOptions = PromoteOptions & { bucket?: string; timeout: string };

/** The arguments as they were typed. */
export type Source = { environment: string; digest: string | undefined };

/** A local tar that has to be uploaded first. */
export type LocalFile = { path: string; digest: FileDigest; object: EnvironmentObject };

export type Promotion = { order: PromoteOrder; timeoutSeconds: number; file?: LocalFile };

type OrderOf = (pinned: Pinned) => PromoteOrder | undefined;

const NOTHING = 'nothing was promoted';
/** Stands for the digest of a file that was not read yet: all else is checked before gigabytes are hashed. */
const UNKNOWN = digestOfHex('0'.repeat(64));

/** @throws TerminalError usage with every fault of the command line; notFound where there is no such file. */
export async function readPromotion(
  source: Source,
  options: ReadOptions,
  config: Config,
  { cwd, user }: Pick<Session, 'cwd' | 'user'>,
): Promise<Promotion> {
  const faults: InputFault[] = [];
  const timeoutSeconds = readSeconds(options.timeout, '--timeout', faults);
  const promotionId = randomUUID();
  const orderOf: OrderOf = (pinned) => promoteOrder(pinned, options, { promotionId, user }, faults);
  const bucket = chooseBucket(options.bucket, source, config, faults);
  const read = isLocal(source)
    ? await readLocal(resolve(cwd, source.environment), source, options, bucket, faults, orderOf)
    : { order: orderOf({ environmentTarUrl: source.environment, environmentTarDigest: source.digest }) };
  return { ...read, order: accept(read.order, faults), timeoutSeconds };
}

function isLocal({ environment }: Source): boolean {
  return !environment.startsWith('gs://');
}

async function readLocal(
  path: string,
  source: Source,
  options: ReadOptions,
  bucket: string,
  faults: InputFault[],
  orderOf: OrderOf,
): Promise<{ order: PromoteOrder | undefined; file: LocalFile }> {
  requireFile(path);
  const objectOf = (digest: Digest) => environmentObject(bucket, options.runtime ?? '', digest, path);
  const orderFor = (digest: Digest) =>
    orderOf({ environmentTarUrl: formatGsUrl(objectOf(digest).location), environmentTarDigest: digest });
  const { digest: text } = source;
  const typed = text === undefined ? undefined : collectFault(faults, 'digest', () => parseDigest(text));
  orderFor(UNKNOWN);
  refuseFaults(NOTHING, faults);
  const actual = await digestFile(path);
  if (typed !== undefined && typed !== actual.digest) {
    faults.push({ path: 'digest', message: `expected ${typed}, but the file's bytes hash to ${actual.digest}` });
  }
  return { order: orderFor(actual.digest), file: { path, digest: actual, object: objectOf(actual.digest) } };
}

function accept(order: PromoteOrder | undefined, faults: readonly InputFault[]): PromoteOrder {
  refuseFaults(NOTHING, faults);
  if (order === undefined) throw usageError(NOTHING);
  return order;
}

function chooseBucket(wanted: string | undefined, source: Source, config: Config, faults: InputFault[]): string {
  const [first = '', ...others] = config.buckets.environments;
  if (wanted === undefined) return first;
  if (!isLocal(source)) {
    faults.push({ path: '--bucket', message: 'is for a local tar; a gs:// URL names its bucket itself' });
  } else if (![first, ...others].includes(wanted)) {
    const known = [first, ...others].join(' or ');
    faults.push({ path: '--bucket', message: `expected ${known}, got ${JSON.stringify(wanted)}` });
    return first;
  }
  return wanted;
}

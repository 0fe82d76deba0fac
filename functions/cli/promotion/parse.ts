import { randomUUID } from 'node:crypto';
import type { Config } from '../../core/config.ts';
import { type DeclaredPromotion, parsePartially } from '../../core/messages/promote-event.ts';
import { type Digest, digestOfHex, parseDigest } from '../../core/values/digest.ts';
import { formatGsUrl } from '../../core/values/gs-url.ts';
import { collectIssue, type Issue } from '../../core/values/issues.ts';
import { checkPromotion, recordPolicy } from '../../flows/promotion/check.ts';
import { CliError, exitCodes } from '../errors.ts';
import { digestFile } from '../file-digest.ts';
import type { Session } from '../session.ts';
import type { OperatorCloud } from '../target/connect.ts';
import { knownRuntimes } from '../target/known-runtimes.ts';
import {
  asArgumentIssue,
  type EventData,
  eventData,
  type PromoteOptions,
  type PromoteRequest,
  promoteRequest,
} from './request.ts';
import {
  findSource,
  type PromotionIssues,
  type PromotionSource,
  type SourceArguments,
  type SourceOptions,
} from './source.ts';
import { environmentObject, type LocalFile } from './upload.ts';
import { type PromotionWait, readWait, type WaitOptions } from './wait.ts';

/** The unparsed options of the command line. */
export type ReadOptions = PromoteOptions & SourceOptions & WaitOptions;

export type Promotion = { order: PromoteRequest; wait: PromotionWait; file?: LocalFile };

type Context = { cloud: OperatorCloud; config: Config; session: Pick<Session, 'cwd' | 'user'> };

/** The digest of a file before it is read: everything else is checked before gigabytes are hashed. */
const UNKNOWN_DIGEST = digestOfHex('0'.repeat(64));
const PLACEHOLDER = { environmentTarUrl: 'gs://unknown/unknown', environmentTarDigest: UNKNOWN_DIGEST };

/**
 * Reads the command line and checks it against the cloud, so that a promotion which the fan-out would refuse is neither
 * uploaded nor published.
 *
 * @throws CliError with all issues: notFound if every issue is something missing, else usage.
 */
export async function readPromotion(
  source: SourceArguments,
  options: ReadOptions,
  context: Context,
): Promise<Promotion> {
  const { cloud, config, session } = context;
  const found: PromotionIssues = { missing: [], wrong: [] };
  const waitFor = readWait(options, found.wrong);
  const data = eventData(options, { promotionId: randomUUID(), user: session.user }, found.wrong);
  const from = await findSource(source, options, { ledgers: cloud.ledgers, config, cwd: session.cwd }, found);
  const order = promoteRequest(data, from.kind === 'stored' ? from.pinned : PLACEHOLDER, found.wrong);
  const typed = from.kind === 'file' ? typedDigest(from.digest, found) : undefined;
  await checkCloud(declaredBy(data, from, typed), context, found);
  await refuseIfAny(found, cloud);
  if (order === undefined) throw new Error('a request without issues has an event');
  const wait = await waitFor(order.event, cloud.fleet, config);
  return from.kind === 'file' ? { ...(await readLocalFile(from, typed, data, context)), wait } : { order, wait };
}

function typedDigest(text: string | undefined, found: PromotionIssues): Digest | undefined {
  return text === undefined ? undefined : collectIssue(found.wrong, 'digest', () => parseDigest(text));
}

/** The readable parts of the promotion. */
function declaredBy(data: EventData, from: PromotionSource, typed: Digest | undefined): DeclaredPromotion {
  const pinned = from.kind === 'stored' ? from.pinned : { environmentTarDigest: typed };
  return parsePartially(JSON.stringify({ ...data, ...pinned }));
}

/** Adds the issues that the cloud reveals. If the command line has issues already, a failing cloud is ignored. */
async function checkCloud(
  promotion: DeclaredPromotion,
  { cloud, config }: Context,
  found: PromotionIssues,
): Promise<void> {
  const isWrong = found.missing.length + found.wrong.length > 0;
  try {
    const { declared, object, stored } = await checkPromotion(promotion, cloud, recordPolicy(config));
    for (const issue of declared.map(asArgumentIssue))
      (isUnregistered(issue) ? found.missing : found.wrong).push(issue);
    (object === undefined ? found.missing : found.wrong).push(...stored.map(asArgumentIssue));
  } catch (error) {
    if (!isWrong) throw error;
  }
}

/** True if the issue says that a runtime or tenant does not exist. */
function isUnregistered({ path }: Issue): boolean {
  return path === '--runtime' || path === '--tenants';
}

async function refuseIfAny({ missing, wrong }: PromotionIssues, { fleet }: OperatorCloud): Promise<void> {
  if (missing.length + wrong.length === 0) return;
  const exitCode = wrong.length === 0 ? exitCodes.notFound : exitCodes.usage;
  const isRuntimeMissing = missing.some(({ path }) => path === '--runtime');
  const hint = isRuntimeMissing ? `; ${await knownRuntimes(fleet)}` : '';
  throw new CliError(exitCode, 'nothing was promoted', [
    ...wrong,
    ...missing.map(({ path, message }) => ({ path, message: path === '--runtime' ? `${message}${hint}` : message })),
  ]);
}

/** Hashes the file, then checks its digest. */
async function readLocalFile(
  { path, bucket }: Extract<PromotionSource, { kind: 'file' }>,
  typed: Digest | undefined,
  data: EventData,
  { cloud, config }: Context,
): Promise<{ order: PromoteRequest; file: LocalFile }> {
  const digest = await digestFile(path);
  const found: PromotionIssues = { missing: [], wrong: [] };
  if (typed !== undefined && typed !== digest.digest) {
    found.wrong.push({ path: 'digest', message: `expected ${typed}, but the file's bytes hash to ${digest.digest}` });
  }
  const { declared } = await checkPromotion({ environmentTarDigest: digest.digest }, cloud, recordPolicy(config));
  found.wrong.push(...declared.map(asArgumentIssue));
  const object = environmentObject(bucket, String(data.runtime), digest.digest, path);
  const pinned = { environmentTarUrl: formatGsUrl(object.location), environmentTarDigest: digest.digest };
  const order = promoteRequest(data, pinned, found.wrong);
  await refuseIfAny(found, cloud);
  if (order === undefined) throw new Error('a request without issues has an event');
  return { order, file: { path, digest, object } };
}

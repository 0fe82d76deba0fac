import { resolve } from 'node:path';
import type { Config } from '../../core/config.ts';
import { IDENTIFIER } from '../../core/values/identifier.ts';
import type { Issue } from '../../core/values/issues.ts';
import type { Ledgers } from '../../ports/ledger.ts';
import { fileProblems } from '../file-digest.ts';
import { readCount } from '../options.ts';
import { findArchiveError } from './inspect-archive.ts';
import type { Pinned } from './request.ts';

/** The issues of a command line; `missing`: it names something that does not exist. */
export type PromotionIssues = { missing: Issue[]; wrong: Issue[] };

/** The unparsed arguments that name the environment. */
export type SourceArguments = { environment: string | undefined; digest: string | undefined };
export type SourceOptions = { runtime?: string; revision?: string; bucket?: string };

/** `unknown`: the arguments name no environment; the issues give the reason. */
export type PromotionSource =
  | { kind: 'stored'; pinned: Pinned }
  | { kind: 'file'; path: string; bucket: string; digest: string | undefined }
  | { kind: 'unknown' };

/** Finds the environment that the arguments name. Issues are added to `found`. */
export async function findSource(
  { environment, digest }: SourceArguments,
  options: SourceOptions,
  { ledgers, config, cwd }: { ledgers: Ledgers; config: Config; cwd: string },
  found: PromotionIssues,
): Promise<PromotionSource> {
  const isFile = environment !== undefined && !environment.startsWith('gs://');
  const bucket = chooseBucket(options.bucket, isFile, config, found.wrong);
  const issue = argumentIssue(environment, options.revision);
  if (issue !== undefined) found.wrong.push(issue);
  if (options.revision !== undefined) return findRevision(options.revision, options.runtime, ledgers, found);
  if (environment === undefined) return { kind: 'unknown' };
  if (!isFile) return { kind: 'stored', pinned: { environmentTarUrl: environment, environmentTarDigest: digest } };
  const path = resolve(cwd, environment);
  await checkFile(path, config.maxEnvironmentBytes, found);
  return { kind: 'file', path, bucket, digest };
}

function argumentIssue(environment: string | undefined, revision: string | undefined): Issue | undefined {
  if (environment === undefined && revision === undefined) {
    return { path: 'environment', message: 'missing: a local tar, gs://bucket/object, or --revision N' };
  }
  if (environment === undefined || revision === undefined) return undefined;
  return { path: '--revision', message: 'takes URL and digest from the ledger; omit the environment' };
}

async function checkFile(path: string, maxBytes: number, found: PromotionIssues): Promise<void> {
  const { missing, unfit } = fileProblems(path, maxBytes);
  if (missing !== undefined) found.missing.push({ path: 'environment', message: missing });
  if (unfit !== undefined) found.wrong.push({ path: 'environment', message: unfit });
  const refusal = missing === undefined && unfit === undefined ? await findArchiveError(path) : undefined;
  if (refusal !== undefined) found.wrong.push({ path: 'environment', message: `${path}: ${refusal}` });
}

async function findRevision(
  text: string,
  runtime: string | undefined,
  ledgers: Ledgers,
  found: PromotionIssues,
): Promise<PromotionSource> {
  const revision = readCount(text, '--revision', found.wrong);
  if (revision === undefined || runtime === undefined || !IDENTIFIER.test(runtime)) return { kind: 'unknown' };
  const ledger = await ledgers.read(runtime);
  const entry = ledger.find(revision);
  if (entry !== undefined) {
    const { environmentTarUrl, environmentTarDigest } = entry;
    return { kind: 'stored', pinned: { environmentTarUrl, environmentTarDigest } };
  }
  const has = ledger.newestRevision === 0 ? 'its ledger is empty' : `its ledger has 1 to ${ledger.newestRevision}`;
  found.missing.push({ path: '--revision', message: `${runtime} has no revision ${revision}; ${has}` });
  return { kind: 'unknown' };
}

function chooseBucket(wanted: string | undefined, isFile: boolean, config: Config, issues: Issue[]): string {
  const [first = '', ...others] = config.buckets.environments;
  if (wanted === undefined) return first;
  if (!isFile) {
    issues.push({ path: '--bucket', message: 'applies to a local tar only; a gs:// URL names its bucket' });
  } else if (![first, ...others].includes(wanted)) {
    const known = [first, ...others].join(' or ');
    issues.push({ path: '--bucket', message: `expected ${known}, got ${JSON.stringify(wanted)}` });
    return first;
  }
  return wanted;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { workloadVariables } from '../core/sandbox/environment-allow-list.ts';
import type { SandboxOptions } from '../core/sandbox/options/types.ts';
import { redact } from '../core/sandbox/redact.ts';
import type { ObjectLocation } from '../core/values/gs-url.ts';
import type { OpenSource, OpenUpload, RecordStore, ResultsUpload, SandboxDeps, Source } from '../ports/sandbox.ts';
import { fileSource } from './files/source.ts';
import type { UnlinkedFile } from './files/unlinked-file.ts';
import { fileUpload } from './files/upload.ts';
import { writeLine } from './files/write-line.ts';
import { httpSource } from './http/source.ts';
import { commandRunner } from './process/run-command.ts';
import type { WorkloadAccount } from './process/workload-account.ts';
import { archiveResults, prepareResultsFolder } from './results/archive.ts';
import { WorkDir } from './work-dir.ts';

/** What only the cloud can give; asked for when it is needed, because loading its client is most of the start. */
export type CloudPart = {
  records: RecordStore;
  openObject: (location: ObjectLocation) => Source;
  openUpload: (location: ObjectLocation) => ResultsUpload;
};

/** What the entrypoint found when it started. */
export type Start = {
  env: NodeJS.ProcessEnv;
  version: string;
  interruption: AbortSignal;
  account: WorkloadAccount;
  ownsNamespace: boolean;
};

/** This machine's side of every port. */
export function sandboxDeps(
  options: SandboxOptions,
  cloud: () => Promise<CloudPart>,
  { env, version, interruption, account, ownsNamespace }: Start,
): SandboxDeps<UnlinkedFile> {
  const { workDir } = options;
  const say = (line: string) => writeLine(`pincast-sandbox: ${redact(line)}`);
  const home = options.mode.kind === 'pinned' || options.workloadUser !== null ? workDir : undefined;
  return {
    records: lazyRecords(cloud),
    openSource: sourceOpener(cloud),
    workspace: new WorkDir(workDir, {
      env: home === undefined ? env : { ...env, HOME: home },
      signal: interruption,
      say,
      account,
    }),
    runCommand: commandRunner({ workDir, env: workloadVariables(env, home), account, ownsNamespace }),
    results: {
      prepare: (url) => prepareResultsFolder(fileURLToPath(url), account),
      archive: (url, receipt) => archiveResults(fileURLToPath(url), receipt, workDir),
    },
    openUpload: uploadOpener(cloud),
    now: () => new Date(),
    elapsed: () => performance.now(),
    sleep: (milliseconds) => sleep(milliseconds),
    random: Math.random,
    shutdownSignal: interruption,
    info: say,
    reportError: writeLine,
    version,
    isolation: account.isolation,
  };
}

function sourceOpener(cloud: () => Promise<CloudPart>): OpenSource {
  return async (location) => {
    if (location.kind === 'gs') return (await cloud()).openObject(location);
    return location.kind === 'http' ? httpSource(location.url) : fileSource(location.path);
  };
}

function uploadOpener(cloud: () => Promise<CloudPart>): OpenUpload {
  return async (location) => {
    if (location.kind === 'gs') return (await cloud()).openUpload(location);
    if (location.kind === 'file') return fileUpload(location.path);
    // Only here: node:http is the largest part of a start, and downloads do without it.
    const { httpUpload } = await import('./http/upload.ts');
    return httpUpload(location.url);
  };
}

function lazyRecords(cloud: () => Promise<CloudPart>): RecordStore {
  return {
    read: async (bucket, object) => (await cloud()).records.read(bucket, object),
    create: async (bucket, object, body, metadata) => (await cloud()).records.create(bucket, object, body, metadata),
  };
}

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
import { archiveResults, prepareResultsDirectory } from './results/archive.ts';
import { WorkDir } from './work-dir.ts';

/** The dependencies on Cloud Storage, loaded on demand, because loading the client is most of the start. */
export type CloudPart = {
  records: RecordStore;
  openObject: (location: ObjectLocation) => Source;
  openUpload: (location: ObjectLocation) => ResultsUpload;
};

/** The process's state at the start of the entrypoint. */
export type Start = {
  env: NodeJS.ProcessEnv;
  version: string;
  shutdownSignal: AbortSignal;
  account: WorkloadAccount;
  ownsNamespace: boolean;
};

/** This machine's implementation of every port. */
export function sandboxDeps(
  options: SandboxOptions,
  cloud: () => Promise<CloudPart>,
  { env, version, shutdownSignal, account, ownsNamespace }: Start,
): SandboxDeps<UnlinkedFile> {
  const { workDir } = options;
  const info = (line: string) => writeLine(`pincast-sandbox: ${redact(line)}`);
  const home = options.mode.kind === 'pinned' || options.workloadUser !== null ? workDir : undefined;
  return {
    records: lazyRecords(cloud),
    openSource: sourceOpener(cloud),
    workspace: new WorkDir(workDir, {
      env: home === undefined ? env : { ...env, HOME: home },
      signal: shutdownSignal,
      info,
      account,
    }),
    runCommand: commandRunner({ workDir, env: workloadVariables(env, home), account, ownsNamespace }),
    results: {
      prepare: (url) => prepareResultsDirectory(fileURLToPath(url), account),
      archive: (url, receipt) => archiveResults(fileURLToPath(url), receipt, workDir),
    },
    openUpload: uploadOpener(cloud),
    now: () => new Date(),
    elapsed: () => performance.now(),
    sleep: (milliseconds) => sleep(milliseconds),
    random: Math.random,
    shutdownSignal,
    info,
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
    // Loaded here, because node:http is the largest part of a start and downloads do not use it.
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

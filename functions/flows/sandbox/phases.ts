import type { SandboxOptions } from '../../core/sandbox/options/types.ts';
import { type Findings, nothingFound } from '../../core/sandbox/receipts.ts';
import type { ArchiveFile, SandboxDeps } from '../../ports/sandbox.ts';

/** Runs a phase and records its milliseconds in the findings, also if it fails. */
type Phases = { run<T>(phase: string, step: () => Promise<T>): Promise<T> };

/** One run of the sandbox. Each step adds its facts to `findings` at once, because a refusal's receipt holds them too. */
export type Run<File extends ArchiveFile = ArchiveFile> = {
  options: SandboxOptions;
  findings: Findings;
  phases: Phases;
  deps: SandboxDeps<File>;
};

export function startRun<File extends ArchiveFile>(options: SandboxOptions, deps: SandboxDeps<File>): Run<File> {
  const findings = nothingFound();
  return { options, findings, phases: phasesOf(findings, deps), deps };
}

function phasesOf({ timings }: Findings, { elapsed }: Pick<SandboxDeps<ArchiveFile>, 'elapsed'>): Phases {
  return {
    run: async (phase, step) => {
      const start = elapsed();
      try {
        return await step();
      } finally {
        timings[phase] = Math.round(elapsed() - start);
      }
    },
  };
}

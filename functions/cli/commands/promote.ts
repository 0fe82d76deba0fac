import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { followPromotion } from '../promotion/follow.ts';
import { type ReadOptions, readPromotion } from '../promotion/parse.ts';
import { promotionSummary, publishPromotion } from '../promotion/publish.ts';
import type { SourceArguments } from '../promotion/source.ts';
import { uploadEnvironment } from '../promotion/upload.ts';
import { type CommandContext, type OutputOptions, withOutputOptions } from '../session/command.ts';
import { openTarget } from '../session/open-target.ts';
import type { Session } from '../session/session.ts';

type PromoteCommand = OutputOptions & ReadOptions;

const EXAMPLES = `
Examples:
  pincast promote environment.tar --runtime codex --wait
  pincast promote gs://acme-environments/codex/0.3.9.tar sha256:… --runtime codex --tenants acme,globex
  pincast promote environment.tar.zst --runtime codex --expected-revision 41 --launch verify
  pincast promote --revision 3 --runtime codex --reason "r4 breaks imports" --wait

Without --wait it returns when the promotion is recorded in the ledger (0) or rejected (2).
With --wait the exit code is that of the rollout: 0 SUCCEEDED (every tenant adopted and every workload ended well; with
--launch none: every tenant is assigned), 1 HALTED, ABORTED or ROLLED_BACK, or a later promotion took over, 2 rejected,
3 PAUSED or waiting for an approval, 124 the timeout passed first. While a workload still runs it waits.
`;

export function addPromote(program: Command, { session, runAction: act }: CommandContext): void {
  withOutputOptions(program.command('promote'))
    .summary('pin an environment, and launch the tenants on it')
    .description(
      'Declares what a runtime is now. A local tar is hashed and uploaded first, and never overwrites anything.',
    )
    .argument('[environment]', 'a local tar, or gs://bucket/object')
    .argument('[digest]', 'sha256:…; needed with a gs:// URL, compared with a local file')
    .option('--runtime <runtime>', 'the runtime that is promoted (required)')
    .option('--revision <n>', 'promote the pin of this revision again, as a new revision')
    .option('--tenants <a,b>', 'only these tenants')
    .option('--expected-revision <n>', 'refuse unless this is the newest revision')
    .option('--promotion-id <id>', 'the same id again is the same promotion (default: a new one)')
    .option('--reason <text>', 'why, for the ledger')
    .option('--by <name>', 'who promotes, for the ledger (default: the OS user)')
    .option('--launch <mode>', 'run, verify (no workload) or none (the next scheduled run adopts)')
    .option('--max-failures <n>', 'tenants that may fail before the rollout halts')
    .option('--bucket <name>', 'which environments bucket a local tar goes to (default: the first)')
    .option('--wait', 'until the rollout has ended, workloads included')
    .option('--until <what>', 'adopted: wait for adoption only; succeeded: as --wait alone')
    .option('--async', 'leave when the promotion is published, recorded or not')
    .option('--timeout <seconds>', 'how long to wait (default: what the fleet needs at its launch quota)')
    .addHelpText('after', EXAMPLES)
    .action(
      act((environment: string | undefined, digest: string | undefined, options: PromoteCommand) =>
        promote(
          { ...(environment !== undefined && { environment }), ...(digest !== undefined && { digest }) },
          options,
          session,
        ),
      ),
    );
}

async function promote(source: SourceArguments, options: PromoteCommand, session: Session): Promise<ExitCode> {
  const target = openTarget(session, options);
  const cloud = await session.connect(target);
  const { order, wait, file } = await readPromotion(source, options, { cloud, config: target.config, session });
  if (file !== undefined) await uploadEnvironment(file, cloud.uploads, options, session);
  const promotion = await publishPromotion(order, cloud.messages);
  const summary = promotionSummary(order, promotion);
  if (!options.json)
    session.out.write(`published message ${promotion.messageId}, promotion ${promotion.promotionId}\n`);
  const { until, timeoutSeconds } = wait;
  if (until !== 'published') {
    return followPromotion({ promotion, summary }, { ...options, until, timeoutSeconds }, cloud, session);
  }
  if (options.json) session.out.write(`${JSON.stringify(summary)}\n`);
  return exitCodes.ok;
}

import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../errors.ts';
import { wrapText } from '../output/text.ts';
import { followPromotion } from '../promotion/follow.ts';
import { type ReadOptions, readPromotion } from '../promotion/parse.ts';
import { promotionSummary, publishPromotion } from '../promotion/request.ts';
import type { SourceArguments } from '../promotion/source.ts';
import { uploadEnvironment } from '../promotion/upload.ts';
import { type CommandContext, type OutputOptions, openTarget, type Session, withOutputOptions } from '../session.ts';

type PromoteCommand = OutputOptions & ReadOptions;

const EXAMPLES = `
Examples:
  pincast promote environment.tar --runtime codex --wait
  pincast promote gs://acme/codex.tar sha256:… --runtime codex --tenants acme
  pincast promote env.tar.zst --runtime codex --expected-revision 41
  pincast promote --revision 3 --runtime codex --reason "r4 breaks imports"

Without --wait the command returns when the ledger has recorded the promotion
(0) or the fan-out has rejected it (2). With --wait it returns when the rollout
and its workloads have ended:
    0  SUCCEEDED: every tenant adopted and every workload succeeded;
       with --launch none: every tenant is assigned
    1  HALTED, or SUPERSEDED by later promotions
    2  rejected
    3  PAUSED
  124  the timeout passed first
`;

export function addPromote(program: Command, { session, runAction }: CommandContext): void {
  withOutputOptions(program.command('promote'))
    .summary('pin an environment and launch the tenants on it')
    .description(
      'Pins the environment of a runtime as a new revision. A local tar is hashed and uploaded first; the upload never overwrites an object.',
    )
    .argument('[environment]', 'a local tar, or gs://bucket/object')
    .argument('[digest]', 'sha256:…; required with a gs:// URL, compared with a local file')
    .option('--runtime <runtime>', 'the runtime to promote (required)')
    .option('--revision <n>', 'promote the pin of this revision again, as a new revision')
    .option('--tenants <a,b>', 'promote to these tenants only')
    .option('--expected-revision <n>', 'reject unless this is the newest revision')
    .option('--promotion-id <id>', 'makes retries safe: the same id is the same promotion (default: a new id)')
    .option('--reason <text>', 'the reason, stored in the ledger')
    .option('--by <name>', 'the promoter, stored in the ledger (default: the OS user)')
    .option('--launch <mode>', 'run, verify (no workload) or none (each tenant adopts with its next scheduled run)')
    .option('--max-failures <n>', 'how many tenants may fail before the rollout halts')
    .option('--bucket <name>', 'the environments bucket for a local tar (default: the first one)')
    .option('--wait', 'wait until the rollout and its workloads have ended')
    .option('--until <what>', 'wait until adopted, or until succeeded (the default of --wait)')
    .option('--async', 'return when the promotion is published, before it is recorded')
    .option('--timeout <seconds>', 'how long to wait (default: derived from the fleet and its launch quota)')
    .addHelpText('after', EXAMPLES)
    .action(
      runAction((environment: string | undefined, digest: string | undefined, options: PromoteCommand) =>
        promote({ environment, digest }, options, session),
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
  const published = `published message ${promotion.messageId}, promotion ${promotion.promotionId}`;
  if (!options.json) session.out.write(`${wrapText(published, session.out.columns).join('\n')}\n`);
  const { until, timeoutSeconds } = wait;
  if (until !== 'published') {
    return followPromotion({ promotion, summary }, { ...options, until, timeoutSeconds }, cloud, session);
  }
  if (options.json) session.out.write(`${JSON.stringify(summary)}\n`);
  return exitCodes.ok;
}

import type { Command } from 'commander';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { followPromotion } from './follow-promotion.ts';
import { openTarget } from './open-target.ts';
import { placeEnvironment } from './place-environment.ts';
import { promotionSummary, publishPromotion } from './publish-promotion.ts';
import { type ReadOptions, readPromotion } from './read-promotion.ts';
import type { Session } from './session.ts';
import { type OutputOptions, type Wiring, withOutputOptions } from './wiring.ts';

type PromoteCommand = OutputOptions & ReadOptions & { wait?: true };

const EXAMPLES = `
Examples:
  pincast promote environment.tar --runtime codex --wait
  pincast promote gs://acme-environments/codex/0.3.9.tar sha256:… --runtime codex --tenants acme,globex
  pincast promote environment.tar.zst --runtime codex --expected-revision 41 --launch verify

With --wait the exit code is 0 only if every tenant in scope is ADOPTED, 1 if one is not (or a later promotion took
over), 2 if the promotion was rejected, 124 if the timeout passed before it was decided.
`;

export function addPromote(program: Command, { session, act }: Wiring): void {
  withOutputOptions(program.command('promote'))
    .summary('pin an environment, and launch the tenants on it')
    .description(
      'Declares what a runtime is now. A local tar is hashed and uploaded first, and never overwrites anything.',
    )
    .argument('<environment>', 'a local tar, or gs://bucket/object')
    .argument('[digest]', 'sha256:…; needed with a gs:// URL, compared with a local file')
    .option('--runtime <runtime>', 'the runtime that is promoted (required)')
    .option('--tenants <a,b>', 'only these tenants')
    .option('--expected-revision <n>', 'refuse unless this is the newest revision')
    .option('--promotion-id <id>', 'the same id again is the same promotion (default: a new one)')
    .option('--reason <text>', 'why, for the ledger')
    .option('--by <name>', 'who promotes, for the ledger (default: the OS user)')
    .option('--launch <mode>', 'run, verify (no workload) or none (the next scheduled run adopts)')
    .option('--max-failures <n>', 'tenants that may fail before the rollout halts')
    .option('--bucket <name>', 'which environments bucket a local tar goes to (default: the first)')
    .option('--wait', 'until every tenant in scope has a verdict')
    .option('--timeout <seconds>', 'how long to wait', '600')
    .addHelpText('after', EXAMPLES)
    .action(
      act((environment: string, digest: string | undefined, options: PromoteCommand) =>
        promote(environment, digest, options, session),
      ),
    );
}

async function promote(
  environment: string,
  digest: string | undefined,
  options: PromoteCommand,
  session: Session,
): Promise<ExitCode> {
  const target = openTarget(session, options);
  const { order, timeoutSeconds, file } = await readPromotion({ environment, digest }, options, target.config, session);
  const cloud = await session.connect(target);
  if (file !== undefined) await placeEnvironment(file, cloud.uploads, options, session);
  const published = await publishPromotion(order, cloud.messages);
  const summary = promotionSummary(order, published);
  if (!options.json)
    session.out.write(`published message ${published.messageId}, promotion ${published.promotionId}\n`);
  if (options.wait) return followPromotion(published, summary, timeoutSeconds, cloud, options, session);
  if (options.json) session.out.write(`${JSON.stringify(summary)}\n`);
  return exitCodes.ok;
}

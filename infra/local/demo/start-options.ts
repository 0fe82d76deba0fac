import { Command, InvalidArgumentError, Option } from 'commander';
import { MAX_SECONDS, rolloutSeconds } from '#functions/core/values/seconds.ts';

/** Time for the embedded cloud to start on a busy machine. */
const START_SECONDS = 900;

export const DEFAULT_TENANTS = 12;

export type StartOptions = {
  once: boolean;
  tamper: boolean;
  json: boolean;
  /** Null: the fleet that the state keeps, or `DEFAULT_TENANTS`. */
  tenants: number | null;
  environment: string | null;
  runQuota: number;
  timeoutSeconds: number;
  recheckSeconds: number;
  /** The command of every sandbox. If empty, a sandbox verifies, unpacks and writes its receipt only. */
  workload: string[];
};

/** The options of `npm start` (docs/reference.md, npm start). */
export function startCommand(): Command {
  return new Command('npm start --')
    .description(
      'Boots the embedded cloud, creates a sample fleet, promotes a sample environment and shows the tenants adopt it.',
    )
    .argument('[command...]', 'the command that every sandbox runs from its environment, after --')
    .option('--once', 'exit when the rollout has ended, with 0 only if it SUCCEEDED')
    .option('--tamper', 'flip a byte of the stored tar after the promotion was checked; every tenant must refuse it')
    .option('--json', 'write the summary as JSON, as the last line of stdout')
    .addOption(
      counted('--tenants <count>', `the size of a new sample fleet (default: ${DEFAULT_TENANTS})`, undefined, 5000),
    )
    .option('--environment <file>', 'promote this tar instead of the sample')
    .addOption(counted('--run-quota <count>', 'jobs.run calls a minute', 180, 1_000_000))
    .addOption(
      counted(
        '--timeout <seconds>',
        'with --once: the time limit (default: derived from the fleet)',
        undefined,
        MAX_SECONDS,
      ),
    )
    .addOption(counted('--recheck <seconds>', 'the interval of the scheduled rechecks', 5, MAX_SECONDS))
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 64));
}

/** Reads the command line of `npm start`. Ends the process with 64 if it is invalid. */
export function parseStartOptions(argv: readonly string[]): StartOptions {
  const command = startCommand();
  command.parse([...argv], { from: 'user' });
  const options = command.opts();
  return {
    once: options.once === true,
    tamper: options.tamper === true,
    json: options.json === true,
    tenants: options.tenants ?? null,
    environment: options.environment ?? null,
    runQuota: options.runQuota,
    timeoutSeconds:
      options.timeout ?? START_SECONDS + rolloutSeconds(options.tenants ?? DEFAULT_TENANTS, options.runQuota),
    recheckSeconds: options.recheck,
    workload: command.args,
  };
}

function counted(flags: string, description: string, otherwise: number | undefined, most: number): Option {
  return new Option(flags, description).default(otherwise).argParser((text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`);
  });
}

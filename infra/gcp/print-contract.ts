import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { contractOf, type JobStart } from '../contract/contract.ts';
import type { DeployedTenant, Deployment } from '../contract/deployment.ts';
import { deploymentOf } from './input/deployment.ts';
import { argsOf, commandOf, envOf, jobSettings } from './input/job-settings.ts';
import { parseInput, StackInputError } from './input/parse.ts';
import type { JobSettings } from './input/schema.ts';

const USAGE =
  'usage: npm run --silent contract -- FILE\nFILE has the input of a stack as YAML or JSON, or is a Pulumi.<stack>.yaml\n';

/** `npm run --silent contract -- FILE`: the contract of the deployment that FILE describes, as JSON. Exit code 64: FILE is invalid. */
const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = 64;
} else {
  process.exitCode = print(file);
}

function print(path: string): number {
  try {
    const input = parseInput(inputIn(readFileSync(path, 'utf8')));
    const deployment = deploymentOf(input);
    const settingsOf = jobSettings(input);
    const contract = contractOf(deployment, (tenant) => startOf(tenant, deployment, settingsOf(tenant)));
    process.stdout.write(`${JSON.stringify(contract, null, 2)}\n`);
    return 0;
  } catch (error) {
    const issues =
      error instanceof StackInputError
        ? error.issues
        : [{ path, message: error instanceof Error ? error.message : String(error) }];
    for (const issue of issues) process.stderr.write(`${issue.path}: ${issue.message}\n`);
    return 64;
  }
}

/** The input itself, or the value of `pincast:stack` in a Pulumi stack file. */
function inputIn(text: string): unknown {
  const loaded = load(text) as { config?: Record<string, unknown> } | null;
  return loaded?.config?.['pincast:stack'] ?? loaded;
}

/** A job that is made elsewhere needs the same command: it selects the ledger. */
function startOf(tenant: DeployedTenant, deployment: Deployment, settings: JobSettings): JobStart {
  const args = argsOf(tenant, deployment, settings);
  return { command: commandOf(tenant, deployment), args, env: envOf(settings, deployment) };
}

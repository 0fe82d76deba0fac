import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { addDigest } from './commands/digest.ts';
import { addExecute } from './commands/execute.ts';
import { addPromote } from './commands/promote.ts';
import { addRecheck } from './commands/recheck.ts';
import { addStatus } from './commands/status.ts';
import { addTenantsAdd } from './commands/tenants/add.ts';
import { addTenantsList } from './commands/tenants/list.ts';
import { addTenantsRemove } from './commands/tenants/remove.ts';
import { addUp } from './commands/up.ts';
import { describeExitCodes } from './errors.ts';
import type { CommandContext } from './session.ts';

const EPILOGUE = `
Examples:
  pincast up                   start a local cloud on this machine
  pincast status codex         what each tenant runs, and the proof
  pincast status acme          one tenant in detail
  pincast execute acme --wait  run a tenant's job once, as the console does
  pincast promote environment.tar --runtime codex --wait
  pincast promote gs://acme/codex.tar sha256:… --runtime codex --tenants acme
  pincast promote --revision 3 --runtime codex --wait

The cloud is the one that PINCAST_PROJECT and the other PINCAST_ variables name.
If PINCAST_PROJECT is unset, it is the local cloud of the nearest
.pincast/target.json, in this directory or above it.

Exit codes:
${describeExitCodes()}
`;

/** Builds the command line. Syntax errors are written to stderr, then thrown as `CommanderError`. */
export function buildProgram(context: CommandContext): Command {
  const { out, err } = context.session;
  const program = new Command('pincast')
    .description('Promotes pinned environments to a fleet of tenants, and proves what each tenant runs.')
    .version(manifest.version, '--version', 'print the version')
    .helpOption('--help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .exitOverride()
    .configureHelp({ minWidthToWrap: 30, styleTitle: (title) => out.paint('bold', title) })
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      getOutHasColors: () => true,
      getErrHasColors: () => true,
      getOutHelpWidth: () => out.columns ?? 100,
      getErrHelpWidth: () => err.columns ?? 100,
      outputError: (text, write) => write(text.replace(/^error: /, `${err.paint('red', 'pincast:')} `)),
    })
    .addHelpText('after', EPILOGUE);
  for (const add of [addPromote, addStatus, addRecheck, addExecute, addDigest, addTenants, addUp])
    add(program, context);
  pointToHelp(program, 'pincast');
  return program;
}

/** Ends each usage error with the help of the command that was typed. */
function pointToHelp(command: Command, line: string): void {
  command.showHelpAfterError(`see \`${line} --help\``);
  for (const child of command.commands) pointToHelp(child, `${line} ${child.name()}`);
}

function addTenants(program: Command, context: CommandContext): void {
  const tenants = program
    .command('tenants')
    .summary('add, list and remove the tenants of a fleet')
    .description('Manages the registrations of a fleet: each names a tenant and the Cloud Run job of its sandbox.');
  addTenantsAdd(tenants, context);
  addTenantsList(tenants, context);
  addTenantsRemove(tenants, context);
}

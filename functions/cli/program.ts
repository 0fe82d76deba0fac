import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { addDigest } from './commands/digest.ts';
import { addExecute } from './commands/execute.ts';
import { addPromote } from './commands/promote.ts';
import { addRecheck } from './commands/recheck.ts';
import { addStatus } from './commands/status.ts';
import { addTenants } from './commands/tenants/tenants.ts';
import { addUp } from './commands/up.ts';
import { describeExitCodes } from './exit-codes.ts';
import type { CommandContext } from './session/command.ts';

const EPILOGUE = `
Examples:
  pincast up                                                    a whole cloud on this machine
  pincast promote environment.tar --runtime codex --wait        upload, pin, and wait until the rollout has ended
  pincast promote gs://acme-environments/codex/0.3.9.tar sha256:… --runtime codex --tenants acme
  pincast promote --revision 3 --runtime codex --wait           the pin of revision 3 again, as a new revision
  pincast status codex                                          who runs what, and what proves it
  pincast status acme                                           all that is known of one tenant
  pincast execute acme --wait                                   what the console's "Execute" does

Which cloud: PINCAST_PROJECT and the other PINCAST_ variables where they are set; else the running local cloud
whose .pincast/target.json is nearest, from this folder upwards.

Exit codes:
${describeExitCodes()}
`;

/** The whole command line. Errors of its grammar are thrown as `CommanderError`, after they were written. */
export function buildProgram(context: CommandContext): Command {
  const { out, err } = context.session;
  const program = new Command('pincast')
    .description('Keeps a fleet of tenants on the environment that was pinned for them, and proves it.')
    .version(manifest.version, '--version', 'print the version')
    .helpOption('--help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .showHelpAfterError('add --help to see how it is used')
    .exitOverride()
    .configureHelp({ styleTitle: (title) => out.paint('bold', title) })
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
  return program;
}

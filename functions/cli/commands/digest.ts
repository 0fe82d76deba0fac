import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../errors.ts';
import { digestFile } from '../file-digest.ts';
import { writeResult } from '../output/output.ts';
import type { CommandContext, Session } from '../session.ts';

export function addDigest(program: Command, { session, runAction }: CommandContext): void {
  program
    .command('digest')
    .summary('print the digest that pins a tar')
    .description('Prints the sha256 digest of a file, in the format that promote expects. Works without a cloud.')
    .argument('<file>', 'the environment tar')
    .option('--json', 'write only JSON to stdout: {"digest", "file", "bytes"}')
    .action(runAction((file: string, options: { json?: true }) => digest(file, options, session)));
}

async function digest(file: string, options: { json?: true }, { out, cwd }: Session): Promise<ExitCode> {
  const { digest, bytes } = await digestFile(resolve(cwd, file));
  writeResult(options, out, { digest, file, bytes }, [`${digest}  ${file}`]);
  return exitCodes.ok;
}

import { parseArgs } from 'node:util';
import type { Issue } from '../../values/issues.ts';
import { COMMAND_ONLY_FLAGS, FLAGS, type FlagName, isFlag, PINNED_FLAGS } from './flags.ts';

export type Given = Map<FlagName, string>;

/** The parsed command line, unchecked: the last value of each flag, and the arguments after `--`. */
export type Arguments = { flags: Given; command: readonly string[]; issues: Issue[] };

type OptionToken = { name: string; rawName: string; value: string | undefined; inlineValue: boolean | undefined };

const OPTIONS = Object.fromEntries(
  Object.entries(FLAGS).map(([name, { takesValue }]) => [
    name,
    { type: takesValue ? ('string' as const) : ('boolean' as const), multiple: true },
  ]),
);

/** Parses argv and lists every issue instead of throwing at the first. */
export function readArguments(argv: readonly string[]): Arguments {
  const result: Arguments = { flags: new Map(), command: [], issues: [] };
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  if (end !== -1) result.command = argv.slice(end + 1);
  for (const token of tokensOf(own)) {
    if (token.kind === 'option') readOption(result, token);
    else if (token.kind === 'positional') {
      result.issues.push({ path: '', message: `unexpected ${JSON.stringify(token.value)}: a command follows --` });
    }
  }
  return result;
}

function tokensOf(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function readOption({ flags, issues }: Arguments, token: OptionToken): void {
  const { name, rawName } = token;
  if (!isFlag(name) || rawName !== `--${name}`) {
    issues.push({ path: rawName, message: 'unknown flag' });
    return;
  }
  const message = valueIssue(name, token) ?? commandOnlyIssue(flags, name);
  if (message !== undefined) issues.push({ path: rawName, message });
  else flags.set(name, token.value ?? 'true');
}

function valueIssue(name: FlagName, { value, inlineValue }: OptionToken): string | undefined {
  if (!FLAGS[name].takesValue) return inlineValue ? `takes no value, got ${JSON.stringify(value)}` : undefined;
  if (value === undefined) return 'needs a value';
  if (!inlineValue && value.startsWith('--')) return `needs a value, got the flag ${value}`;
  return undefined;
}

/**
 * Attack: Cloud Run appends a run's arguments to the job's command. A repeated pinned-mode flag, or an endpoint or a user
 * after the five pinned-mode flags, comes from those arguments.
 */
function commandOnlyIssue(flags: Given, name: FlagName): string | undefined {
  if (!COMMAND_ONLY_FLAGS.has(name)) return undefined;
  if (flags.has(name)) return 'is given twice: the pinned-mode flags come once, from the job’s command';
  if (PINNED_FLAGS.every((flag) => flags.has(flag))) {
    return 'must stand before the last of the pinned-mode flags: what follows them may come from the arguments of a run';
  }
  return undefined;
}

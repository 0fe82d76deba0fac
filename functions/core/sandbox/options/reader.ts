import { collectIssue, type Issue } from '../../values/issues.ts';
import type { Given } from './arguments.ts';
import { FLAGS, type FlagName } from './flags.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Reads options, flags before their environment variables, and collects every issue. */
export class OptionReader {
  readonly issues: Issue[];
  readonly #flags: Given;
  readonly #env: Env;

  constructor(flags: Given, env: Env, issues: Issue[]) {
    this.#flags = flags;
    this.#env = env;
    this.issues = issues;
  }

  has(name: FlagName): boolean {
    return this.#find(name) !== undefined;
  }

  /** True if the command line gives it. */
  isFlagged(name: FlagName): boolean {
    return this.#flags.has(name);
  }

  /** The parsed value; undefined if absent or invalid. */
  optional<T>(name: FlagName, parse: (text: string) => T): T | undefined {
    const found = this.#find(name);
    return found && collectIssue(this.issues, found.path, () => parse(found.text));
  }

  /** As `optional`, but absence is an issue too. */
  required<T>(name: FlagName, parse: (text: string) => T, why: string): T | undefined {
    if (!this.has(name)) this.addIssue(name, why);
    return this.optional(name, parse);
  }

  addIssue(name: FlagName, message: string): void {
    this.issues.push({ path: `--${name}`, message });
  }

  #find(name: FlagName): { path: string; text: string } | undefined {
    const flag = this.#flags.get(name);
    if (flag !== undefined) return { path: `--${name}`, text: flag };
    const { env } = FLAGS[name];
    const text = env === null ? undefined : this.#env[env];
    return text === undefined ? undefined : { path: `${env}`, text };
  }
}

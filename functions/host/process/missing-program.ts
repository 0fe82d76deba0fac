import { readdirSync } from 'node:fs';
import { SandboxError } from '../../core/sandbox/errors.ts';

const MAX_NAMES = 20;

/** The error for a missing program; it names the installed programs. */
export function missingProgram(program: string, folder: string, cause: unknown): SandboxError {
  const names = namesIn(folder);
  if (names.includes(program)) {
    const message = `${program} is in env/bin, and the interpreter that its first line names is missing`;
    return new SandboxError('COMMAND_NOT_FOUND', message, { programs: [program] }, cause);
  }
  const shown = names.slice(0, MAX_NAMES).map((name) => JSON.stringify(name.slice(0, 100)).slice(1, -1));
  const rest = names.length > MAX_NAMES ? `, and ${names.length - MAX_NAMES} more` : '';
  const found = shown.length === 0 ? 'which is empty or missing' : `it has: ${shown.join(', ')}${rest}`;
  const where = program.includes('/') ? `no ${program}` : `no ${program} in env/bin`;
  return new SandboxError('COMMAND_NOT_FOUND', `${where}; ${found}`, { programs: shown }, cause);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

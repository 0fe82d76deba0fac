import { redact } from './redact.ts';
import type { SandboxError } from './sandbox-error.ts';

const MAX_TEXT = 4_000;

/** The one JSON line on stderr that says why the sandbox ended: `severity`, `code`, `message`, `exitCode`, evidence. */
export function errorLine(error: SandboxError): string {
  const { code, message, exitCode, evidence } = error;
  return JSON.stringify({ severity: 'ERROR', code, message, exitCode, ...evidence }, (_key, value) =>
    typeof value === 'string' ? clip(redact(value)) : value,
  );
}

function clip(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
}

import type { MessageSubject } from '../../core/messages/message-subject.ts';
import { logLine } from '../../host/log.ts';
import { isTransient } from '../storage/errors.ts';

/** Another process won every attempt. The next delivery finds its result. */
const CONTENTION = new Set(['LEDGER_CONTENTION', 'ASSIGNMENT_CONTENTION', 'OVERLAP']);
/** gRPC's DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED and UNAVAILABLE. */
const GRPC = new Set<unknown>([4, 8, 14]);
const REPORTED = 'type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent';
const MAX_STACK = 8_000;

export type ErrorSubject = Partial<MessageSubject> & { deliveryAttempt?: number };

/**
 * An error whose stack is one JSON line for Cloud Logging, because functions-framework prints `error.stack` as it is. Each
 * line of an ordinary stack would become an entry without severity and subject.
 */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
  constructor(component: string, cause: unknown, subject: ErrorSubject) {
    super(`${component} failed`, { cause });
    this.stack = errorLine(component, cause, subject);
  }
}

function errorLine(component: string, cause: unknown, subject: ErrorSubject): string {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const { code } = error as { code?: unknown };
  // Pub/Sub redelivers after every error. Expected errors are likely to be gone by then.
  const severity = isExpected(cause) ? 'WARNING' : 'ERROR';
  return logLine(component, severity, `${component} failed, Pub/Sub delivers the message again: ${error.message}`, {
    ...(severity === 'ERROR' && { '@type': REPORTED }),
    ...subject,
    ...(code !== undefined && { code }),
    stack_trace: (error.stack ?? error.message).slice(0, MAX_STACK),
  });
}

function isExpected(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isExpected);
  const { code } = Object(error) as { code?: unknown };
  return CONTENTION.has(String(code)) || GRPC.has(code) || isTransient(error);
}

import { pino } from 'pino';
import type { Log, LogFields } from '../ports/system.ts';

const SEVERITY: Record<string, string> = { info: 'INFO', warn: 'WARNING', error: 'ERROR' };

/** A line as `jsonLog` writes it, for callers that print it themselves. */
export function logLine(component: string, severity: 'WARNING' | 'ERROR', message: string, fields: LogFields): string {
  return JSON.stringify({ severity, time: new Date().toISOString(), component, ...fields, message });
}

/** Writes one JSON line per event to stdout, with Cloud Logging's special fields. `LOG_LEVEL` takes pino's levels. */
export function jsonLog(component: string): Log {
  const logger = pino({
    level: process.env.LOG_LEVEL ?? 'info',
    base: { component },
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ severity: SEVERITY[label] ?? 'DEFAULT' }) },
  });
  return {
    info: (message, fields) => logger.info(fields, message),
    warn: (message, fields) => logger.warn(fields, message),
    error: (message, fields) => logger.error(fields, message),
  };
}

import { pino } from 'pino';
import type { Log, LogFields } from '../ports/system.ts';

const SEVERITY: Record<string, string> = { info: 'INFO', warn: 'WARNING', error: 'ERROR' };

/** As `jsonLog` writes it, for whoever prints the line by other means. */
export function logLine(component: string, severity: 'WARNING' | 'ERROR', message: string, fields: LogFields): string {
  return JSON.stringify({ severity, time: new Date().toISOString(), component, ...fields, message });
}

/** One JSON line an event on stdout, with the field names that Cloud Logging promotes; `LOG_LEVEL` as pino has it. */
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

import type { Log, LogFields } from '#functions/ports/system.ts';

export type LogLine = { level: 'info' | 'warn' | 'error'; message: string; fields: LogFields };

/** Keeps every line. */
export function fakeLog(lines: LogLine[]): Log {
  const write =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields });
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

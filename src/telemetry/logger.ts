/** Structured logs on standard output: JSON for machines, or lines for people. */
import { type Logger, pino, type TransportSingleOptions } from 'pino';

const LINES_FOR_PEOPLE: TransportSingleOptions = {
  target: 'pino-pretty',
  options: { ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', singleLine: true },
};

/** @param processName stands in every line, for example `serve`. */
export function createLogger(processName: string, level: string, format: 'json' | 'text'): Logger {
  const options = { level, name: processName, timestamp: pino.stdTimeFunctions.isoTime };
  return format === 'text' ? pino({ ...options, transport: LINES_FOR_PEOPLE }) : pino(options);
}

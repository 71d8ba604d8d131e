/** Runs a process until SIGTERM or SIGINT. */
import closeWithGrace from 'close-with-grace';
import type { Log } from '../src/admission/ports.js';
import { type Config, loadConfig } from '../src/config.js';
import { createLogger } from '../src/telemetry/logger.js';
import type { RunningProcess } from './running-process.js';
import { version } from './version.js';

/** For taking leave of the store after the drain; then the process ends without grace. */
const STOP_MS_EXTRA = 4_000;

/**
 * Starts a process and stops it with grace.
 * @param greet says where it listens and what to try next, for a person who has just started it.
 */
export async function runProcess(
  name: string,
  start: (config: Config, log: Log) => Promise<RunningProcess>,
  greet: (config: Config, running: RunningProcess) => string,
): Promise<void> {
  const config = loadConfig();
  const log = createLogger(name, config.logLevel, config.logFormat);
  const running = await start(config, log);
  closeWithGrace({ delay: config.drainMs + STOP_MS_EXTRA, logger: false }, async ({ err, signal }) => {
    if (err === undefined) log.info({ signal }, 'stopping');
    else log.fatal({ err }, 'stopping after a defect');
    await running.stop();
    log.info('stopped');
  });
  log.info({ version, node: process.version, ...running.ports }, 'ready');
  if (config.logFormat === 'text') console.log(greet(config, running));
}

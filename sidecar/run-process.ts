/** Runs a process until SIGTERM or SIGINT. */
import closeWithGrace from 'close-with-grace';
import type { Log } from '../src/admission/ports.js';
import { type Config, loadConfig } from '../src/config.js';
import { createLogger } from '../src/telemetry/logger.js';
import { ProcessHealth } from './compose-health.js';
import type { ServingProcess } from './running-process.js';
import { version } from './version.js';

/** For taking leave of the store after the drain; then the process ends without grace. */
const STOP_MS_EXTRA = 4_000;

/**
 * Starts a process and stops it with grace.
 * @param start may load what it needs: probes are answered before it is called.
 * @param greet says where it listens and what to try next, for a person who has just started it.
 */
export async function runProcess(
  name: string,
  start: (config: Config, log: Log) => Promise<ServingProcess>,
  greet: (config: Config, running: ServingProcess) => string,
): Promise<void> {
  const config = loadConfig();
  const log = createLogger(name, config.logLevel, config.logFormat);
  const health = await ProcessHealth.open(config, log);
  let running: ServingProcess | undefined;
  // From the beginning: the first process of a container is sent no signal that it does not take, not even while it starts.
  const grace = closeWithGrace(
    { delay: config.drainMs + STOP_MS_EXTRA, logger: false },
    async ({ err, signal }) => {
      if (err === undefined) log.info({ signal }, 'stopping');
      else log.fatal({ err }, 'stopping after a defect');
      health.drain();
      await running?.stop();
      await health.close();
      log.info('stopped');
    },
  );
  try {
    running = await start(config, log);
  } catch (error) {
    // Otherwise the end of the process would be taken for a stop, and its exit code be 0.
    grace.uninstall();
    await health.close();
    throw error;
  }
  health.started(running);
  log.info({ version, node: process.version, ...running.ports, ...health.ports }, 'ready');
  if (config.logFormat === 'text') console.log(greet(config, running));
}

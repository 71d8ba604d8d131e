/** Metrics of the process itself, and of the room that it has. */
import { totalmem } from 'node:os';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/** Adds what Node says of the process; to be called once a registry, since it starts observers that never stop. */
export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'acm_memory_limit_bytes',
    help: "Memory that the process may use: the limit of its container or unit, else the machine's memory.",
    registers: [registry],
    collect() {
      this.set(memoryLimit());
    },
  });
}

/** Without a limit Node answers 0, or more than any machine has. */
function memoryLimit(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Metrics of the connections to switches. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { SWITCH_DROP_CAUSES, type SwitchFigures } from '../admission/switch-figures.js';

/** Adds the metrics of switches to a registry. */
export function registerSwitchMetrics(registry: Registry, switches: readonly SwitchFigures[]): void {
  const registers = [registry];
  const labelNames = ['switch'] as const;
  new Gauge({
    name: 'acm_switch_up',
    help: 'Whether the switch answers (1) or not (0).',
    labelNames,
    registers,
    collect() {
      for (const { name, up } of switches) if (up !== undefined) this.set({ switch: name }, up ? 1 : 0);
    },
  });
  const counted = [
    ['acm_switch_events_total', 'What the switch has told or asked.', 'events'],
    ['acm_switch_connections_total', 'Connections to the switch, or from it.', 'connections'],
    [
      'acm_switch_unscreened_calls_total',
      'Calls that the switch let go on because it had no verdict, as far as it tells.',
      'unscreened',
    ],
  ] as const;
  for (const [name, help, key] of counted)
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const figures of switches) this.inc({ switch: figures.name }, figures[key]);
      },
    });
  new Counter({
    name: 'acm_switch_dropped_total',
    help: 'What the switch has told or asked and was not taken.',
    labelNames: ['switch', 'cause'],
    registers,
    collect() {
      this.reset();
      for (const figures of switches)
        for (const cause of SWITCH_DROP_CAUSES)
          this.inc({ switch: figures.name, cause }, figures.dropped(cause));
    },
  });
}

/** What `acm simulate` reads; its options come first. */
import { integer, type Setting } from './setting.js';

export const SIMULATOR_SETTINGS = {
  trafficCps: {
    name: 'TRAFFIC_CPS',
    default: '10',
    unit: 'calls/s',
    ...integer(0, 5_000),
    usedBy: ['simulate'],
    sentence: 'Ordinary calls a second that the simulated switch carries.',
  },
  attackIntervalS: {
    name: 'ATTACK_INTERVAL',
    default: '30',
    unit: 's',
    ...integer(0, 86_400),
    usedBy: ['simulate'],
    sentence: 'From the start of one simulated attack to that of the next; 0 for none.',
  },
} as const satisfies Record<string, Setting>;

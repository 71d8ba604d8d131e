/** StatsService: what has been checked, and how that went. */
import type { StatisticsDesk } from '../admission/statistics-desk.js';
import type { StatsServiceServer } from '../gen/acm/v1/stats.js';
import type { ManagementCalls } from './management-calls.js';
import { historyMessage, statsMessage } from './stats-wire.js';

const MINUTES_DEFAULT = 60;

export function statsService(calls: ManagementCalls, statistics: StatisticsDesk): StatsServiceServer {
  return {
    getStats: calls.query('alerts:read', async () => statsMessage(await statistics.sinceStart())),
    getStatsHistory: calls.query('alerts:read', async ({ minutes }) =>
      historyMessage(await statistics.history(minutes === 0 ? MINUTES_DEFAULT : minutes)),
    ),
  };
}

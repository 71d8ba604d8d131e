/** What `acm stats` does. */
import type { Config } from '../../src/config.js';
import { StatsServiceClient } from '../../src/gen/acm/v1/stats.js';
import { withSidecar } from '../ask-sidecar.js';
import { readableJson } from '../words/readable-json.js';
import { historyInWords } from '../words/stats-words.js';

export interface StatsOptions {
  readonly minutes: number;
  readonly json?: true;
}

/** @throws AcmError if the sidecar refuses or does not answer. */
export async function showStats(
  config: Config,
  { minutes, json }: StatsOptions,
  print: (text: string) => void,
): Promise<void> {
  const history = await withSidecar(config, StatsServiceClient, (stub, ask) =>
    ask(stub.getStatsHistory, { minutes }),
  );
  print(json ? readableJson(history) : historyInWords(history));
}

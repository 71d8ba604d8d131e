/** Minutes tell how long checks took. Those from before have an empty histogram, and no longest check. */
export const STATISTICS = {
  version: 3,
  name: 'latency of minutes',
  statements: [
    `ALTER TABLE detection_stats
       ADD COLUMN latency_max_ms double precision NOT NULL DEFAULT 0,
       ADD COLUMN latency_counts bigint[] NOT NULL DEFAULT '{}'`,
  ],
};

/** A process that runs until it is stopped. */
export interface RunningProcess {
  /** Ports in use, by what is served there; of interest where the configuration said 0. */
  readonly ports: Readonly<Record<string, number>>;
  /** Stops within the configured bound. */
  stop(): Promise<void>;
}

/** One that is deployed, so that probes and Prometheus ask it. */
export interface ServingProcess extends RunningProcess {
  /** The metrics in Prometheus' text format. */
  metrics(): Promise<string>;
  /**
   * Why others had better be asked just now, in a few words; '' when there is nothing. Absent for a process that goes on
   * serving whatever becomes of what it depends on.
   */
  readonly hindrance?: () => string;
}

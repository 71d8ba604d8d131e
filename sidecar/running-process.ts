/** A process that runs until it is stopped. */
export interface RunningProcess {
  /** Ports in use, by what is served there; of interest where the configuration said 0. */
  readonly ports: Readonly<Record<string, number>>;
  /** Stops within the configured bound. */
  stop(): Promise<void>;
}

/** Calls that were ended are counted by the day, so they are found by their time. */
export const DISCONNECTS = {
  version: 5,
  name: 'teardowns by time',
  statements: [
    `CREATE INDEX alert_disconnects_ended ON alert_disconnects (settled_at) WHERE outcome = 'ended'`,
  ],
};

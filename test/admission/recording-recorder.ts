/** A recorder that keeps what it is given. */
import type { AlertSnapshot, RecordedCall, RecordedDisconnect } from '../../src/admission/alert.js';
import type { MinuteOfChecks, Recorder } from '../../src/admission/store-ports.js';
import type { EnforcementSwitch, StoredBlock } from '../../src/admission/stored-rules.js';

/** What was to be written down, in order. */
export class RecordingRecorder implements Recorder {
  readonly alerts: AlertSnapshot[] = [];
  readonly flagged: RecordedCall[] = [];
  readonly unflagged: RecordedCall[] = [];
  readonly blocks: StoredBlock[] = [];
  readonly disconnects: RecordedDisconnect[] = [];
  readonly minutes: MinuteOfChecks[] = [];
  readonly enforcements: EnforcementSwitch[] = [];

  alert(snapshot: AlertSnapshot): void {
    this.alerts.push(snapshot);
  }

  flaggedCall(call: RecordedCall): void {
    this.flagged.push(call);
  }

  unflaggedCall(call: RecordedCall): void {
    this.unflagged.push(call);
  }

  block(block: StoredBlock): void {
    this.blocks.push(block);
  }

  disconnect(disconnect: RecordedDisconnect): void {
    this.disconnects.push(disconnect);
  }

  minute(minute: MinuteOfChecks): void {
    this.minutes.push(minute);
  }

  enforcement(change: EnforcementSwitch): void {
    this.enforcements.push(change);
  }
}

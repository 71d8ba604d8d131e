import type { CallIntake } from '../../../src/admission/call-intake.js';
import type { SwitchConnector } from '../../../src/admission/switch-ports.js';

/** Starts a connector by which no calls come in, and resolves when its switch has answered. */
export function untilConnected(connector: SwitchConnector): Promise<void> {
  return new Promise((resolve, reject) => {
    connector.start(undefined as unknown as CallIntake, resolve).catch(reject);
  });
}

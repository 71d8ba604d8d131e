/** What the contract of SwitchControl asks of a switch in a test: that calls can be placed, and that it can be away. */
import type { CallState } from '../../../src/admission/calls.js';
import type { DisconnectOrder } from '../../../src/admission/disconnect.js';
import type { SwitchControl } from '../../../src/admission/ports.js';
import type { CallLister } from '../../../src/admission/switch-ports.js';

/** A call as the switch carries it. */
export interface PlacedCall {
  readonly callId: string;
  readonly fromTag: string;
  readonly aNumber: string;
  readonly bNumber: string;
}

/** One switch that runs, and the control under test, connected to it. */
export interface SwitchFixture {
  /** The `switch_id` of its calls. */
  readonly switchId: string;
  readonly control: SwitchControl;
  /** Absent where calls cannot be listed by this way. */
  readonly lister?: CallLister;
  /** Places a call and resolves when it rings, or when it has been answered. */
  placeCall(state: CallState): Promise<PlacedCall>;
  /** Whether caller and callee have heard that the call is over; waits some seconds for it. */
  isOver(call: PlacedCall): Promise<boolean>;
  /** The switch takes everything and answers nothing, its connections stay. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** The switch is gone, and its calls with it. */
  kill(): Promise<void>;
  /** Starts it again, and resolves when the control can work with it. */
  revive(): Promise<void>;
  stop(): Promise<void>;
}

let orders = 0;

export function orderToEnd(call: Pick<PlacedCall, 'callId' | 'fromTag'>, switchId: string): DisconnectOrder {
  return {
    disconnectId: `00000000-0000-4000-8000-${String(++orders).padStart(12, '0')}`,
    switchId,
    callId: call.callId,
    fromTag: call.fromTag,
    alertId: 'alert-1',
    sipStatus: 608,
    sipReason: 'Rejected',
    reasonHeader: 'SIP;cause=608;text="Rejected"',
  };
}

/** Obeys the sidecar's disconnect commands: each once, and confirmed as often as it comes. */
import type { DisconnectOutcome } from '../admission/disconnect.js';
import type { AgentTelemetry, Log } from '../admission/ports.js';
import type { DisconnectCommand } from '../client/disconnect-watch.js';
import type { SidecarClient } from '../client/sidecar-client.js';
import { DisconnectOutcome as WireOutcome } from '../gen/acm/v1/detection.js';
import { within } from './deadline.js';
import type { LiveCalls } from './live-calls.js';

/** When a command is confirmed as FAILED though its outcome is not known yet: the sidecar repeats it. */
const CONFIRM_MS_MAX = 5_000;
/** Commands remembered, so that a repeated one is confirmed and not obeyed again. */
const REMEMBERED_MAX = 10_000;

const WIRE_OUTCOMES: Readonly<Record<DisconnectOutcome, WireOutcome>> = {
  ended: WireOutcome.ENDED,
  gone: WireOutcome.GONE,
  unsupported: WireOutcome.UNSUPPORTED,
  failed: WireOutcome.FAILED,
};

/** Of several calls of one name: what may still be up weighs most. */
const BY_WEIGHT: readonly DisconnectOutcome[] = ['failed', 'unsupported', 'ended', 'gone'];

export class Disconnects {
  readonly #outcomes = new Map<string, Promise<DisconnectOutcome>>();

  constructor(
    readonly client: Pick<SidecarClient, 'confirmDisconnect'>,
    readonly calls: LiveCalls,
    readonly telemetry: AgentTelemetry,
    readonly log: Log,
    readonly switchId: string,
  ) {}

  /** Ends the call that the command names and confirms what became of it. Never rejects. */
  async obey(command: DisconnectCommand): Promise<void> {
    const { disconnectId } = command;
    const outcome = await within(this.#endOnce(command), CONFIRM_MS_MAX, 'failed');
    const detail = outcome === 'failed' ? 'the switch has not confirmed the end of the call' : '';
    // Unconfirmed commands come again by themselves, so nothing needs to be done if this does not arrive.
    await this.client.confirmDisconnect({
      disconnectId,
      switchId: this.switchId,
      outcome: WIRE_OUTCOMES[outcome],
      detail,
    });
  }

  #endOnce(command: DisconnectCommand): Promise<DisconnectOutcome> {
    const known = this.#outcomes.get(command.disconnectId);
    if (known !== undefined) return known;
    const outcome = this.#end(command);
    this.#remember(command.disconnectId, outcome);
    return outcome;
  }

  async #end(command: DisconnectCommand): Promise<DisconnectOutcome> {
    const calls = this.calls.find(command.callId, command.fromTag);
    const outcomes = await Promise.all(calls.map((call) => call.end(command)));
    const outcome = BY_WEIGHT.find((each) => outcomes.includes(each)) ?? 'gone';
    this.telemetry.disconnected(outcome);
    const { alertId, callId, disconnectId } = command;
    this.log.info({ alertId, callId, disconnectId, outcome }, 'disconnect command');
    // What failed may succeed when the sidecar repeats it.
    if (outcome === 'failed') this.#outcomes.delete(disconnectId);
    return outcome;
  }

  #remember(disconnectId: string, outcome: Promise<DisconnectOutcome>): void {
    const [oldest] = this.#outcomes.keys();
    if (this.#outcomes.size >= REMEMBERED_MAX && oldest !== undefined) this.#outcomes.delete(oldest);
    this.#outcomes.set(disconnectId, outcome);
  }
}

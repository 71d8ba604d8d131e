/** The SIP agent: stands in the path of calls on drachtio-server and lets through those that the sidecar lets through. */
import type { Exemptions } from '../admission/exemptions.js';
import type { AgentTelemetry, Clock, Log } from '../admission/ports.js';
import type { Trunks } from '../admission/trunks.js';
import type { SidecarClient } from '../client/sidecar-client.js';
import { CallReports } from './call-reports.js';
import { Disconnects } from './disconnects.js';
import { type DrachtioAddress, DrachtioConnection } from './drachtio-connection.js';
import { limitFrames } from './frame-limit.js';
import { InviteHandler, type PassOnSettings } from './invite-handler.js';
import { LiveCalls } from './live-calls.js';
import { Screening } from './screening.js';
import { newStack, type SipRequest, type SipResponse, type SipStack } from './stack.js';
import { registerStatusCodes } from './status-codes.js';

export interface AgentSettings extends PassOnSettings {
  /** Name of this agent towards the sidecar; no two agents share one. At most 64 characters. */
  readonly switchId: string;
  readonly drachtio: DrachtioAddress;
}

/** What the agent works with. It owns none of it: whoever made the client closes it, after stop(). */
export interface AgentParts {
  readonly client: SidecarClient;
  readonly trunks: Trunks;
  readonly exemptions: Exemptions;
  readonly telemetry: AgentTelemetry;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: AgentSettings;
}

/** How long the first call waits for the connection to the sidecar, in milliseconds. */
const WARM_UP_MS_MAX = 1_000;

export class SipAgent {
  readonly #parts: AgentParts;
  readonly #stack: SipStack;
  readonly #calls = new LiveCalls();
  readonly #reports: CallReports;
  readonly #disconnects: Disconnects;
  readonly #connection: DrachtioConnection;
  #reportsDropped = 0;

  /** @param stack drachtio-srf; a test brings its own. */
  constructor(parts: AgentParts, stack: SipStack = newStack()) {
    const { client, clock, telemetry, log, settings } = parts;
    this.#parts = parts;
    this.#stack = stack;
    this.#reports = new CallReports(client, clock, settings.switchId);
    this.#disconnects = new Disconnects(client, this.#calls, telemetry, log, settings.switchId);
    this.#connection = new DrachtioConnection(stack, settings.drachtio, log, {
      up: () => telemetry.connected('drachtio', true),
      down: () => this.#drachtioLost(),
    });
  }

  /** Whether drachtio-server is connected, so that calls can come. */
  get connected(): boolean {
    return this.#connection.up;
  }

  /** Starts taking calls as soon as drachtio-server is there, and disconnect commands as soon as the sidecar is. */
  start(): void {
    registerStatusCodes();
    limitFrames((bytes) => {
      this.#parts.telemetry.frameDropped();
      this.#parts.log.error({ bytes }, 'a SIP message was too long for drachtio-server and was dropped');
    });
    this.#route();
    this.#parts.telemetry.connected('drachtio', false);
    this.#parts.telemetry.connected('sidecar', false);
    this.#watch();
    // The first check of a cold connection would miss its deadline; without a sidecar calls go on unscreened.
    void this.#parts.client.ready(WARM_UP_MS_MAX).then(() => this.#connection.start());
  }

  /**
   * Stops within `deadlineMs`, in milliseconds: no new INVITE is taken (drachtio-server answers 503, and the switch goes
   * elsewhere or fails open), those in hand get their final response, then the agent disconnects. Answered calls go on
   * without it; their media never went through it.
   */
  async stop(deadlineMs: number): Promise<void> {
    if (this.#connection.up) {
      this.#stack.unregisterForMessages('invite');
      this.#stack.unregisterForMessages('options');
      await this.#calls.whenSettled(deadlineMs);
    }
    this.#connection.stop();
  }

  /** Routes are registered before the connection is made: drachtio-srf would register later ones twice. */
  #route(): void {
    const { client, trunks, exemptions, telemetry, clock, log, settings } = this.#parts;
    const screening = new Screening(client, exemptions, telemetry, log, settings.switchId);
    const shared = { stack: this.#stack, calls: this.#calls, reports: this.#reports };
    const handler = new InviteHandler({ ...shared, screening, trunks, telemetry, clock, log, settings });
    this.#stack.invite((req: SipRequest, res: SipResponse) => void handler.handle(req, res));
    this.#stack.options((_req: SipRequest, res: SipResponse) => res.send(200));
  }

  #watch(): void {
    const { client, telemetry, settings } = this.#parts;
    client.watchDisconnects(settings.switchId, {
      command: (command) => void this.#disconnects.obey(command),
      connected: () => this.#sidecarBack(),
      lost: () => telemetry.connected('sidecar', false),
    });
  }

  #sidecarBack(): void {
    const { client, telemetry, log } = this.#parts;
    telemetry.connected('sidecar', true);
    const dropped = client.reportsDropped - this.#reportsDropped;
    if (dropped > 0) log.warn({ dropped }, 'reports of calls were dropped while the sidecar was away');
    this.#reportsDropped = client.reportsDropped;
    this.#reports.repeat(this.#calls.all());
  }

  /** drachtio-server ties dialogs to the connection: what comes for them now it answers itself, by 481. */
  #drachtioLost(): void {
    this.#parts.telemetry.connected('drachtio', false);
    const calls = [...this.#calls.all()];
    this.#parts.log.warn({ calls: calls.length }, 'drachtio-server is gone, and with it the calls in hand');
    for (const call of calls) call.abandon();
  }
}

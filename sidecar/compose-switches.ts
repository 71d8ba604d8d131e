/** The switches beside the sidecar: which connectors the configuration asks for, and how they are joined to admission. */
import type { Log } from '../src/admission/ports.js';
import type { SwitchConnector } from '../src/admission/switch-ports.js';
import type { Config } from '../src/config.js';
import { connectKamailio } from '../src/switches/kamailio/connector.js';
import { EvapiConnector } from '../src/switches/kamailio/evapi-connector.js';
import { connectOpensips } from '../src/switches/opensips/connector.js';
import type { Admission } from './assemble-admission.js';
import { addressOf, trunksOf } from './config-slices.js';

/** How often the calls of a switch are read back, in milliseconds: reports about them may be lost. */
const READBACK_MS = 60_000;

/** A connector for each switch that is configured. */
export function composeSwitches(config: Config, log: Log): SwitchConnector[] {
  return [...kamailioRpc(config, log), ...kamailioEvapi(config, log), ...opensipsMi(config, log)];
}

function kamailioRpc(config: Config, log: Log): SwitchConnector[] {
  const { kamailioRpcUrl: address, kamailioSwitchId: switchId } = config;
  return address === '' ? [] : [connectKamailio({ address, switchId, log })];
}

function opensipsMi(config: Config, log: Log): SwitchConnector[] {
  const { opensipsMiUrl: url, opensipsSwitchId: switchId } = config;
  return url === '' ? [] : [connectOpensips({ url, switchId, log })];
}

function kamailioEvapi(config: Config, log: Log): SwitchConnector[] {
  if (config.evapiAddress === '') return [];
  const { host, port } = addressOf(config.evapiAddress);
  const { kamailioSwitchId: switchId } = config;
  const nowMs = (): number => performance.now();
  return [new EvapiConnector({ host, port, switchId, trunks: trunksOf(config), log, nowMs })];
}

/** Lets calls in. @throws AcmError if a connector cannot listen where it should. */
export async function joinSwitches(
  switches: readonly SwitchConnector[],
  { intake, readback }: Admission,
): Promise<{ stop(): Promise<void> }> {
  const readBack = ({ lister }: SwitchConnector): void => {
    if (lister !== undefined) void readback.read(lister);
  };
  const stopAll = async (): Promise<void> => {
    clearInterval(reading);
    await Promise.all(switches.map((each) => each.stop()));
  };
  const reading = setInterval(() => switches.forEach(readBack), READBACK_MS).unref();
  try {
    for (const each of switches) await each.start(intake, () => readBack(each));
  } catch (error) {
    await stopAll();
    throw error;
  }
  return { stop: stopAll };
}

/** What /health says of them. */
export function healthOf(switches: readonly SwitchConnector[]) {
  return switches.map(({ figures: { name, up, detail } }) => ({
    name,
    state: up === undefined ? ('unknown' as const) : up ? ('up' as const) : ('down' as const),
    detail,
  }));
}

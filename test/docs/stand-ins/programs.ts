/** Which programs have a stand-in, and what it does: it checks its arguments as far as that can be done without the real one. */
import { adduser } from './accounts.js';
import { apt } from './apt.js';
import { docker } from './docker.js';
import { grpcurl } from './grpcurl.js';
import { helm } from './helm.js';
import { kubectl } from './kubectl.js';
import { make } from './make.js';
import { npm } from './npm.js';
import { sudo } from './sudo.js';
import { drachtio, freeswitch, opensips } from './switches.js';
import { sysctl } from './sysctl.js';
import { journalctl, systemctl, systemdRun } from './systemd.js';

type StandIn = (args: readonly string[]) => void | Promise<void>;

export const STAND_INS: Readonly<Record<string, StandIn>> = {
  adduser,
  apt,
  'apt-get': apt,
  docker,
  drachtio,
  freeswitch,
  grpcurl,
  helm,
  journalctl,
  kubectl,
  make,
  npm,
  opensips,
  sudo,
  sysctl,
  systemctl,
  'systemd-run': systemdRun,
};

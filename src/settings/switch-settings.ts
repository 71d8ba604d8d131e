/** What `acm serve` reads about the switches beside it. */
import { z } from 'zod';
import { integer, optionalAddress, SERVE, type Setting, text } from './setting.js';

const switchName = { takes: '1 to 64 characters', schema: z.string().min(1).max(64) };
const rpcUrl = {
  takes:
    'an http or https URL (xhttp), udp:host:port (datagram), fifo:/path of the FIFO, with ?reply_dir=/path where its fifo_reply_dir is not /tmp, or nothing',
  schema: z.string().regex(/^($|https?:\/\/\S+|udp:(\[[\da-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}|fifo:\/\S+)$/),
};

export const SWITCH_SETTINGS = {
  kamailioRpcUrl: {
    name: 'KAMAILIO_MI_URL',
    default: '',
    unit: '',
    ...rpcUrl,
    usedBy: SERVE,
    sentence:
      "Kamailio's JSON-RPC, by which its calls are ended and listed; the name is that of what it replaced in 5.0.",
  },
  evapiAddress: {
    name: 'ACM_EVAPI_ADDRESS',
    default: '',
    unit: '',
    ...optionalAddress,
    usedBy: SERVE,
    sentence:
      "Kamailio's event socket (evapi), by which it asks about each INVITE and tells what becomes of calls.",
  },
  kamailioSwitchId: {
    name: 'ACM_KAMAILIO_SWITCH_ID',
    default: 'kamailio',
    unit: '',
    ...switchName,
    usedBy: SERVE,
    sentence: 'Name of that Kamailio in alerts, and as switch_id of its calls.',
  },
  eslHost: {
    name: 'ACM_ESL_HOST',
    default: '',
    unit: '',
    takes: 'a host name or address, or nothing',
    schema: z.string(),
    usedBy: SERVE,
    sentence: "Host of FreeSWITCH's event socket, by which it tells of calls and ends them.",
  },
  eslPort: {
    name: 'ACM_ESL_PORT',
    default: '8021',
    unit: '',
    ...integer(1, 65_535),
    usedBy: SERVE,
    sentence: 'Its port.',
  },
  eslPassword: {
    name: 'ACM_ESL_PASSWORD',
    default: 'ClueCon',
    unit: '',
    ...text,
    secret: true,
    usedBy: SERVE,
    sentence: 'Its password; the default is the one that FreeSWITCH ships with.',
  },
  eslListenAddress: {
    name: 'ACM_ESL_LISTEN_ADDRESS',
    default: '',
    unit: '',
    ...optionalAddress,
    usedBy: SERVE,
    sentence:
      'Where to listen for the `socket` application of a FreeSWITCH dialplan, which holds a call until it has its verdict.',
  },
  freeswitchSwitchId: {
    name: 'ACM_FREESWITCH_SWITCH_ID',
    default: 'freeswitch',
    unit: '',
    ...switchName,
    usedBy: SERVE,
    sentence: 'Name of that FreeSWITCH in alerts, and as switch_id of its calls.',
  },
  opensipsMiUrl: {
    name: 'ACM_OPENSIPS_MI_URL',
    default: '',
    unit: '',
    takes: 'an http or https URL, or nothing',
    schema: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
    usedBy: SERVE,
    sentence: "OpenSIPS's management interface over HTTP (mi_http), by which its calls are ended and listed.",
  },
  opensipsSwitchId: {
    name: 'ACM_OPENSIPS_SWITCH_ID',
    default: 'opensips',
    unit: '',
    ...switchName,
    usedBy: SERVE,
    sentence: 'Name of that OpenSIPS in alerts, and as switch_id of its calls.',
  },
} as const satisfies Record<string, Setting>;

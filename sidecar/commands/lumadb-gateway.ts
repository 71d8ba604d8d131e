/** `acm lumadb-gateway`: LumaDB's gRPC port over PostgreSQL, or over a store of its own. */
import { type Command, InvalidArgumentError } from 'commander';
import { mintToken } from '../../src/admission/access-token.js';
import { ConfigError } from '../../src/errors.js';
import { listenAddress } from '../../src/settings/setting.js';
import { runProcess } from '../run-process.js';
import { settingsHelp } from '../settings-help.js';
import { printPlain } from '../words/plain-text.js';

const FIRST_STEPS = `
Without a database it keeps what sidecars tell each other in a store of its own, which is enough for one machine:
  acm lumadb-gateway                              in one terminal
  LUMADB_GRPC_HOST=127.0.0.1 acm serve            in others, and on other machines with a token and TLS

Over PostgreSQL (or YugabyteDB, CockroachDB, Citus), any number of gateways may share one database:
  acm lumadb-gateway prepare --admin-url postgres://postgres:...@db:5432/acm
  ACM_GATEWAY_DATABASE_URL=postgres://acm_gateway:...@db:5432/acm acm lumadb-gateway --listen 0.0.0.0:50051

Beyond loopback it takes TLS (ACM_TLS_CERT, ACM_TLS_KEY), and tokens or client certificates (ACM_TLS_CLIENT_CA).

Other SQL (dialect sql-pg) may be one SELECT, INSERT, UPDATE, DELETE, WITH or VALUES; its parameters come as a JSON array. It has
2 seconds, and an answer of 3 MB at the most: JSON, one object for each row. bytea is text in it (\\x...), int8 a number.
`;

const PREPARE_HELP = `
It may be run again: what is there stays. The role may read, add and delete rows of window_deltas and window_epoch, and nothing
else. Tables of sidecars may be in the same database; a database of its own is better, since on PostgreSQL 14 and older everybody
may make tables in the schema public. YugabyteDB hands out sequences in blocks, which hides rows: set ysql_sequence_cache_minval=1.
`;

interface PrepareOptions {
  readonly adminUrl?: string;
  readonly role: string;
  readonly print?: true;
}

export function addGatewayCommands(acm: Command): void {
  const gateway = acm
    .command('lumadb-gateway')
    .description("serve LumaDB's gRPC port, through which sidecars tell each other what they see")
    .option('--listen <address>', 'host:port; by default ACM_GATEWAY_ADDRESS', address)
    .addHelpText('after', () => FIRST_STEPS + settingsHelp('lumadb-gateway'))
    .action(({ listen }: { readonly listen?: string }) =>
      runProcess(
        'lumadb-gateway',
        async (config, log) => {
          const { startGateway } = await import('../compose-gateway.js');
          return startGateway({ ...config, gatewayAddress: listen ?? config.gatewayAddress }, log);
        },
        ({ gatewayAddress }, { ports }) =>
          `\nThe gateway is ready: gRPC ${(listen ?? gatewayAddress).replace(/:\d+$/, '')}:${ports['grpc']}\n`,
      ),
    );
  gateway
    .command('prepare')
    .description(
      "make the gateway's tables and its role in PostgreSQL, and print the URL for ACM_GATEWAY_DATABASE_URL",
    )
    .option('--admin-url <url>', 'postgres:// URL of a role that may make tables and roles')
    .option('--role <name>', 'the role to make', 'acm_gateway')
    .option('--print', 'print the SQL, and change nothing')
    .addHelpText('after', PREPARE_HELP)
    .action(prepare);
  gateway
    .command('token')
    .description('make a token for sidecars, and print it with its hash')
    .action(() => {
      const { token, hash } = mintToken();
      printPlain(`LUMADB_GRPC_TOKEN=${token}          for sidecars; it is shown this once`);
      printPlain(`ACM_GATEWAY_TOKEN_HASHES=${hash}    for gateways; several with commas between`);
    });
}

async function prepare({ adminUrl, role, print }: PrepareOptions): Promise<void> {
  const { gatewaySql, prepareGateway } = await import('../compose-gateway-role.js');
  if (print === true) {
    const { sql, url } = gatewaySql(role);
    printPlain(`${sql}\n-- ACM_GATEWAY_DATABASE_URL=${url}`);
    return;
  }
  if (adminUrl === undefined || !/^postgres(ql)?:\/\//.test(adminUrl))
    throw new ConfigError(['--admin-url: takes a postgres:// URL of a role that may make tables and roles']);
  const { url, isNewRole, notes } = await prepareGateway(adminUrl, role);
  for (const note of notes) console.error(note);
  if (!isNewRole)
    console.error(`The role ${role} was there; put its password into the URL (ALTER ROLE ... PASSWORD).`);
  printPlain(`ACM_GATEWAY_DATABASE_URL=${url}`);
}

function address(text: string): string {
  if (!listenAddress.schema.safeParse(text).success)
    throw new InvalidArgumentError(`It takes ${listenAddress.takes}.`);
  return text;
}

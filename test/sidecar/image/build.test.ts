/**
 * The image, built by the commands of its Dockerfile and run as it says, without a Docker engine: test/support/image/ says how, and
 * what that leaves out.
 */
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BuildContext } from '../../support/image/build-context.js';
import { Container } from '../../support/image/container.js';
import { buildImage, type Image } from '../../support/image/image-build.js';
import { parseDockerfile } from '../../support/image/parsed-dockerfile.js';
import { complaintOfScratchRoot } from '../../support/image/scratch-root.js';

const test = suite('sidecar/image/build');

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const context = new BuildContext(ROOT);
const stages = parseDockerfile(readFileSync(join(ROOT, 'sidecar/Dockerfile'), 'utf8'));
const MIB = 1024 * 1024;
const APP_BYTES_MAX = 64 * MIB;

let image: Image;
const containers: Container[] = [];

test.after(() => image?.root.remove());

test.after.each(async () => {
  for (const container of containers.splice(0)) await container.remove();
});

/** What was installed on this machine before is taken from npm's cache. */
function npmEnvironment(): Record<string, string> {
  const given = Object.entries(process.env).filter(([name]) =>
    /^(npm_config_(registry|cafile)|node_extra_ca_certs|(https?|no)_proxy)$/i.test(name),
  );
  return {
    HOME: '/root',
    npm_config_prefer_offline: 'true',
    ...(Object.fromEntries(given) as Record<string, string>),
  };
}

/** Every file and directory of a directory, its own path included. */
function filesIn(path: string): string[] {
  return [path, ...readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))];
}

async function run(command?: readonly string[], env: Record<string, string> = {}): Promise<Container> {
  const container = new Container(image, command, env);
  containers.push(container);
  return container;
}

/** What a command says in a container; it must succeed. */
async function said(container: Container, ...command: string[]): Promise<string> {
  const { code, output } = await container.exec(command);
  assert.is(code, 0, `${command.join(' ')}: ${output}\n${container.output}`);
  return output;
}

function addCases(): void {
  test('is built by the commands of its Dockerfile', async () => {
    const cache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
    image = await buildImage({
      stages,
      context,
      env: npmEnvironment(),
      shared: [[cache, '/root/.npm']],
    });
  });

  test('holds what runs, and nothing that it was made of', () => {
    const app = image.root.at('/opt/acm');
    assert.equal(readdirSync(app).sort(), [
      'LICENSE',
      'dist',
      'node_modules',
      'package.json',
      'proto',
      'sidecar',
    ]);
    assert.equal(readdirSync(join(app, 'sidecar')).sort(), [
      'drachtio',
      'freeswitch',
      'kamailio',
      'opensips',
    ]);
    const packages = readdirSync(join(app, 'node_modules'));
    for (const name of ['typescript', 'tsx', 'uvu', 'node', 'knip'])
      assert.not.ok(packages.includes(name), name);
    const files = filesIn(app);
    assert.equal(
      files.filter((file) => /\.(map|ts|mts|cts)$|\.test\./.test(file)),
      [],
    );
    const bytes = files.map((file) => lstatSync(file)).reduce((sum, { size }) => sum + size, 0);
    console.log(`\nnote: the image adds ${(bytes / MIB).toFixed(1)} MiB to its base`);
    assert.ok(bytes < APP_BYTES_MAX);
  });

  test('belongs to root, may be read by all, and leaves its user nothing to change', () => {
    for (const file of filesIn(image.root.at('/opt/acm')).filter(
      (each) => !lstatSync(each).isSymbolicLink(),
    )) {
      const { uid, mode } = statSync(file);
      assert.is(uid, 0, file);
      assert.is(mode & 0o022, 0, file);
      assert.is(mode & 0o004, 0o004, file);
    }
    for (const directory of ['/var/lib/acm', '/run/acm']) {
      const { uid, gid, mode } = statSync(image.root.at(directory));
      assert.equal([uid, gid, mode & 0o777], [10_001, 10_001, 0o750], directory);
    }
  });

  test('is healthy on a root that cannot be written, checks a call, and stops with code 0', async () => {
    const sidecar = await run(undefined, { ACM_HEALTH_ADDRESS: '127.0.0.1:8086' });
    await sidecar.untilHealthy();
    assert.match(
      await said(sidecar, 'acm', 'check', '--a', '+2348030000001', '--b', '+2348099999999'),
      'ALLOW',
    );
    assert.match(await said(sidecar, 'id'), 'uid=10001 gid=10001 groups=10001');
    for (const path of ['/opt/acm/x', '/tmp/x', '/run/acm/x', '/usr/local/bin/x'])
      assert.is.not((await sidecar.exec(['touch', path])).code, 0, path);
    const policy = ['policy', 'set', '--b', '+2348099999999', '--threshold', '20', '--reason', 'televote'];
    await said(sidecar, 'acm', ...policy);
    const ask =
      'for (const url of process.argv.slice(1)) { const answer = await fetch(url); await answer.text(); console.log(answer.status); }';
    const urls = [
      'http://127.0.0.1:8086/readyz',
      'http://127.0.0.1:5001/docs',
      'http://127.0.0.1:5001/docs/swagger-ui.css',
    ];
    assert.is(await said(sidecar, 'node', '--input-type=module', '-e', ask, ...urls), '200\n200\n200\n');
    assert.is(await sidecar.stop(), 0, sidecar.output);
    assert.match(sidecar.output, '"msg":"stopped"');
  });

  test('runs the gateway and the SIP agent as well', async () => {
    const gateway = await run(['lumadb-gateway'], { ACM_SIDECAR_ADDRESS: '127.0.0.1:50051' });
    await gateway.untilHealthy();
    assert.is(await gateway.stop(), 0, gateway.output);
    const agent = await run(['sip-agent']);
    await agent.ended();
    assert.match(agent.output, 'next_hop is needed');
  });

  test('is unhealthy when nothing serves', async () => {
    const gateway = await run(['lumadb-gateway']);
    await gateway.untilLogged('ready');
    const { code, output } = await gateway.exec(image.healthCheck);
    assert.is(code, 1);
    assert.match(output, 'acm: no answer from 127.0.0.1:50052');
    assert.is(await gateway.stop(), 0);
  });
}

/** Without such a root the steps cannot be run; that what they copy is there can be seen all the same. */
function addLesserCase(complaint: string): void {
  console.log(`\nnote: the image cannot be built here (${complaint}), only looked at`);
  test('copies what is there', () => {
    const copies = stages.flatMap(({ steps }) =>
      steps.filter(({ keyword, flags }) => keyword === 'COPY' && !flags.has('from')),
    );
    assert.ok(copies.length > 0);
    for (const path of copies.flatMap(({ words }) => words.slice(0, -1)))
      assert.ok(context.mayHold(path), path);
  });
}

const complaint = complaintOfScratchRoot();
if (complaint === undefined) addCases();
else addLesserCase(complaint);
test.run();

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SETTINGS } from '../../../src/config.js';
import { BuildContext } from '../../support/image/build-context.js';
import { complaintsAbout, RULES } from '../../support/image/dockerfile-rules.js';
import { parseDockerfile } from '../../support/image/parsed-dockerfile.js';

const test = suite('sidecar/image/dockerfile');

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const dockerfile = readFileSync(join(ROOT, 'sidecar/Dockerfile'), 'utf8');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const context = new BuildContext(ROOT);
const settings = new Set(Object.values(SETTINGS).map(({ name }) => name));

const judgedAs = (text: string) => ({
  stages: parseDockerfile(text),
  context,
  settings,
  version: manifest.version as string,
});

test('keeps to every rule', () => {
  assert.equal(complaintsAbout(judgedAs(dockerfile)), []);
});

test('runs on the Node that everything is tried on', () => {
  const version = manifest.devDependencies.node as string;
  const bases = parseDockerfile(dockerfile).map(({ from }) => from);
  assert.equal(new Set(bases), new Set([`node:${version}-bookworm-slim`]));
});

/** For each rule, what breaks it when it takes the place of something in our Dockerfile. */
const BROKEN: readonly (readonly [rule: keyof typeof RULES, was: string | RegExp, is: string])[] = [
  ['names the exact version, or the digest, of every base', 'node:24.21.0-bookworm-slim', 'node:24-slim'],
  ['names the exact version, or the digest, of every base', 'node:24.21.0-bookworm-slim', 'node:latest'],
  ['names the exact version, or the digest, of every base', 'node:24.21.0-bookworm-slim', 'node'],
  ['builds in stages of which the last takes only what runs', 'VOLUME', 'COPY src src\nVOLUME'],
  [
    'builds in stages of which the last takes only what runs',
    'VOLUME',
    'RUN npm ci --ignore-scripts\nVOLUME',
  ],
  ['builds in stages of which the last takes only what runs', ' AS packages', ''],
  ['runs as a number that is not root', 'USER 10001:10001', ''],
  ['runs as a number that is not root', 'USER 10001:10001', 'USER node'],
  ['runs as a number that is not root', 'USER 10001:10001', 'USER 10001'],
  ['runs as a number that is not root', 'STOPSIGNAL', 'USER 0:0\nSTOPSIGNAL'],
  ['leaves what it runs to root', 'COPY --from=build', 'COPY --chown=10001:10001 --from=build'],
  ['starts, and is examined, without a shell', 'CMD ["acm", "health"]', 'CMD acm health'],
  ['starts, and is examined, without a shell', 'ENTRYPOINT ["acm"]', 'ENTRYPOINT acm'],
  ['starts, and is examined, without a shell', 'CMD ["serve"]', 'CMD ["serve"]\nCMD ["serve"]'],
  ['starts, and is examined, without a shell', /HEALTHCHECK.*/, ''],
  ['examines itself within bounds', '--timeout=5s', ''],
  ['stops at SIGTERM', 'STOPSIGNAL SIGTERM', 'STOPSIGNAL SIGKILL'],
  ['stops at SIGTERM', 'STOPSIGNAL SIGTERM', ''],
  ['says what it is', 'version="0.1.0"', 'version="0.0.9"'],
  ['says what it is', 'image.licenses', 'image.vendor'],
  ['holds no secrets', 'VOLUME', 'ENV DATABASE_URL=postgres://a:b@c/d\nVOLUME'],
  ['holds no secrets', 'WORKDIR /build', 'ARG NPM_TOKEN\nWORKDIR /build'],
  ['sets only variables that the configuration knows', 'ACM_DATA_DIR', 'ACM_DATA_DIRECTORY'],
  ['installs what the lock file says, and lets no package run a script', 'npm ci', 'npm install'],
  ['installs what the lock file says, and lets no package run a script', ' --ignore-scripts', ''],
  ['copies, and fetches nothing', 'COPY src src', 'ADD https://example.com/src.tar.gz src'],
  ['copies, and fetches nothing', 'VOLUME', 'RUN curl -s https://example.com/x\nVOLUME'],
  ['copies, and fetches nothing', 'VOLUME', 'RUN cat x | sh\nVOLUME'],
  ['copies, and fetches nothing', '755 /opt/acm', '-R 777 /opt/acm'],
  ['copies what is there and not ignored, and never everything', 'COPY src src', 'COPY . .'],
  ['copies what is there and not ignored, and never everything', 'COPY src src', 'COPY source src'],
  ['copies what is there and not ignored, and never everything', 'COPY src src', 'COPY test test'],
  ['copies what is there and not ignored, and never everything', '--from=build', '--from=builder'],
  ['works in absolute directories', 'WORKDIR /build', 'WORKDIR build'],
  ['needs no port below 1024', 'EXPOSE 50051', 'EXPOSE 443'],
];

for (const [rule, was, is] of BROKEN) {
  test(`finds out that one no longer ${rule}: ${is.split('\n')[0] || `without ${was}`}`, () => {
    const broken = dockerfile.replace(was, is);
    assert.is.not(broken, dockerfile);
    assert.ok(RULES[rule](judgedAs(broken)).length > 0, broken);
  });
}

test('has a case for each rule', () => {
  assert.equal(new Set(BROKEN.map(([rule]) => rule)), new Set(Object.keys(RULES)));
});

test('sends Docker what the image is made of, and nothing else', () => {
  for (const path of [
    'package.json',
    '.npmrc',
    'src/config.ts',
    'proto/acm/v1/detection.proto',
    'sidecar/main.ts',
  ])
    assert.ok(context.has(path), path);
  for (const path of [
    ...['.git', 'node_modules', 'dist', 'test', 'bench', 'docs', 'acm-data', 'README.md', 'test/run.ts'],
    ...['sidecar/Dockerfile', 'proto/baseline.json', 'node_modules/pg/package.json'],
  ])
    assert.not.ok(context.has(path), path);
});

test.run();

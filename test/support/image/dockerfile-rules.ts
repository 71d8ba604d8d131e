/** What a Dockerfile of ours must keep to. Each rule complains in sentences; none of them for nothing to complain of. */
import type { BuildContext } from './build-context.js';
import type { Stage, Step } from './parsed-dockerfile.js';

export interface Judged {
  readonly stages: readonly Stage[];
  readonly context: BuildContext;
  /** Names of the environment variables that the configuration knows. */
  readonly settings: ReadonlySet<string>;
  /** Of package.json. */
  readonly version: string;
}

export type Rule = (judged: Judged) => string[];

const LABELS = ['title', 'description', 'version', 'licenses'].map(
  (name) => `org.opencontainers.image.${name}`,
);
/** Docker makes these known to a process whether they are set or not. */
const ORDINARY = /^(NODE_ENV|PATH|HOME|TZ|LANG)$/;
const SECRET = /PASSWORD|SECRET|TOKEN|CREDENTIAL|PRIVATE|_KEY$|DATABASE_URL/;
/** After a word boundary that no path has. */
const DANGEROUS =
  /(^|[\s;&|])(sudo|curl|wget|dist-upgrade|chmod\s+(-\S+\s+)*(0?777|a\+rwx))(\s|$)|\|\s*(ba|da)?sh\b/;

const steps = (stages: readonly Stage[], ...keywords: string[]): Step[] =>
  stages.flatMap((stage) => stage.steps.filter(({ keyword }) => keywords.includes(keyword)));

/** Of the last stage, which is the image. */
const ofImage = ({ stages }: Judged, ...keywords: string[]): Step[] => steps(stages.slice(-1), ...keywords);

const at = ({ line }: { readonly line: number }, complaint: string): string => `line ${line}: ${complaint}`;

export const RULES: Readonly<Record<string, Rule>> = {
  'names the exact version, or the digest, of every base': ({ stages }) =>
    stages
      .filter(({ from }) => !/@sha256:[\da-f]{64}$|:\d+\.\d+\.\d+-[a-z]+(-slim)?$/.test(from))
      .map((stage) => at(stage, `${stage.from} may be another one tomorrow`)),

  'builds in stages of which the last takes only what runs': ({ stages }) => [
    ...(stages.length < 2 ? ['there is one stage'] : []),
    ...stages.slice(0, -1).flatMap((stage) => (stage.name === '' ? [at(stage, 'a stage has no name')] : [])),
    ...steps(stages.slice(-1), 'COPY').flatMap((step) =>
      step.flags.has('from') ? [] : [at(step, 'the last stage copies from the context')],
    ),
    ...steps(stages.slice(-1), 'RUN').flatMap((step) =>
      /\b(npm|npx|yarn|tsc|apt-get)\b/.test(step.text)
        ? [at(step, 'the last stage installs or compiles')]
        : [],
    ),
  ],

  'runs as a number that is not root': (judged) => {
    const users = ofImage(judged, 'USER');
    const [last] = users.slice(-1);
    if (last === undefined) return ['there is no USER'];
    return /^[1-9]\d{3,}:[1-9]\d{3,}$/.test(last.words[0])
      ? []
      : [at(last, `${last.words[0]} is no such number`)];
  },

  'leaves what it runs to root': (judged) =>
    ofImage(judged, 'COPY')
      .filter(({ flags }) => flags.has('chown') || flags.has('chmod'))
      .map((step) => at(step, 'files belong to whoever runs them')),

  'starts, and is examined, without a shell': (judged) =>
    ['ENTRYPOINT', 'CMD', 'HEALTHCHECK'].flatMap((keyword) => {
      const found = ofImage(judged, keyword);
      if (found.length !== 1) return [`there are ${found.length} ${keyword}`];
      return found[0].exec === undefined ? [at(found[0], `${keyword} has no list of words`)] : [];
    }),

  'examines itself within bounds': (judged) =>
    ofImage(judged, 'HEALTHCHECK').flatMap((step) =>
      ['interval', 'timeout', 'start-period', 'retries'].flatMap((flag) =>
        step.flags.has(flag) ? [] : [at(step, `--${flag} is left to chance`)],
      ),
    ),

  'stops at SIGTERM': (judged) =>
    ofImage(judged, 'STOPSIGNAL').map(({ words }) => words[0])[0] === 'SIGTERM'
      ? []
      : ['STOPSIGNAL is not SIGTERM'],

  'says what it is': (judged) => {
    const labels = new Map(ofImage(judged, 'LABEL').flatMap(({ properties }) => [...properties]));
    const version = labels.get('org.opencontainers.image.version');
    return [
      ...LABELS.filter((name) => !labels.get(name)).map((name) => `there is no label ${name}`),
      ...(version === judged.version
        ? []
        : [`its version is ${version}, and that of the package ${judged.version}`]),
    ];
  },

  'holds no secrets': ({ stages }) =>
    steps(stages, 'ENV', 'ARG').flatMap((step) =>
      [...step.properties.keys()]
        .filter((name) => SECRET.test(name))
        .map((name) => at(step, `${name} stays in the image`)),
    ),

  'sets only variables that the configuration knows': ({ stages, settings }) =>
    steps(stages, 'ENV').flatMap((step) =>
      [...step.properties.keys()]
        .filter((name) => !settings.has(name) && !ORDINARY.test(name))
        .map((name) => at(step, `nobody reads ${name}`)),
    ),

  'installs what the lock file says, and lets no package run a script': ({ stages }) =>
    steps(stages, 'RUN')
      .filter(
        ({ text }) => /\b(npm|yarn|pnpm|npx)\b/.test(text) && !/\bnpm ci\b.* --ignore-scripts\b/.test(text),
      )
      .map((step) => at(step, step.text)),

  'copies, and fetches nothing': ({ stages }) => [
    ...steps(stages, 'ADD').map((step) => at(step, 'ADD may fetch and unpack; COPY does neither')),
    ...steps(stages, 'RUN')
      .filter(({ text }) => DANGEROUS.test(text))
      .map((step) => at(step, step.text)),
  ],

  'copies what is there and not ignored, and never everything': ({ stages, context }) =>
    stages.flatMap((stage, place) =>
      steps([stage], 'COPY').flatMap((step) => {
        const from = step.flags.get('from');
        const known = stages.slice(0, place).some(({ name }) => name === from);
        if (from !== undefined) return known ? [] : [at(step, `there is no stage ${from} before it`)];
        return step.words
          .slice(0, -1)
          .filter((path) => path === '.' || !context.mayHold(path))
          .map((path) => at(step, `COPY ${path}`));
      }),
    ),

  'works in absolute directories': ({ stages }) =>
    steps(stages, 'WORKDIR')
      .filter(({ words }) => !words[0].startsWith('/'))
      .map((step) => at(step, `WORKDIR ${words(step)}`)),

  'needs no port below 1024': ({ stages }) =>
    steps(stages, 'EXPOSE').flatMap((step) =>
      step.words
        .filter((port) => Number.parseInt(port, 10) < 1_024)
        .map((port) => at(step, `EXPOSE ${port}`)),
    ),
};

function words(step: Step): string {
  return step.words.join(' ');
}

/** All complaints, each with its rule. */
export function complaintsAbout(judged: Judged): string[] {
  return Object.entries(RULES).flatMap(([sentence, rule]) =>
    rule(judged).map((complaint) => `${sentence}: ${complaint}`),
  );
}

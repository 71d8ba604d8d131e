import { existsSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { Complaint, demand } from './complaint.js';

const VERBS = new Set([
  ...[
    'apply',
    'create',
    'delete',
    'describe',
    'exec',
    'get',
    'label',
    'logs',
    'patch',
    'port-forward',
    'rollout',
  ],
  ...[
    'run',
    'scale',
    'set',
    'top',
    'wait',
    'config',
    'cp',
    'annotate',
    'explain',
    'debug',
    'version',
    'auth',
    'drain',
  ],
]);
/** Kinds that documents speak of, by each of their names. */
const KINDS = new Set(
  (
    'pod pods po deployment deployments deploy service services svc secret secrets configmap configmaps cm namespace ' +
    'namespaces ns node nodes job jobs statefulset statefulsets sts daemonset daemonsets ds event events replicaset ' +
    'networkpolicy networkpolicies netpol poddisruptionbudget poddisruptionbudgets pdb horizontalpodautoscaler hpa ' +
    'servicemonitor servicemonitors podmonitor podmonitors prometheusrule prometheusrules persistentvolumeclaim pvc ' +
    'persistentvolumeclaims ingress serviceaccount sa all'
  ).split(' '),
);
const NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** Verbs, kinds and names must be such as there are, and files must be there and be manifests. */
export async function kubectl(args: readonly string[]): Promise<void> {
  const words = beforeDashes(args);
  const plain = words.filter((arg, index) => !arg.startsWith('-') && !takesValue(words[index - 1]));
  const [verb = '', first = ''] = plain;
  demand(VERBS.has(verb), `it has no verb "${verb}" that the tests know`);
  for (const file of valuesOf(words, '-f', '--filename'))
    checkManifest(file === '-' ? readFileSync(0, 'utf8') : file);
  if (['get', 'describe', 'delete', 'scale', 'patch', 'label'].includes(verb) && first !== '')
    checkKind(first);
  for (const each of plain.slice(1)) {
    const [kind = '', name] = each.split('/');
    if (name === undefined) continue;
    checkKind(kind);
    demand(NAME.test(name), `${each} cannot be the name of anything`);
  }
  console.log(`kubectl ${verb}`);
  if (verb === 'port-forward' || words.includes('--follow'))
    await new Promise((resolve) => setTimeout(resolve, 600_000));
}

function checkKind(list: string): void {
  for (const kind of list.split('/')[0]!.split(','))
    demand(KINDS.has(kind.split('.')[0]!), `there is no kind "${kind}" that the tests know`);
}

function checkManifest(source: string): void {
  const text = existsSync(source) ? readFileSync(source, 'utf8') : source;
  demand(text.includes('\n'), `there is no file ${source}`);
  for (const document of parseAllDocuments(text)) {
    if (document.errors.length > 0) throw new Complaint(`${source}: ${document.errors[0]!.message}`);
    const { apiVersion, kind } = document.toJS() ?? {};
    demand(typeof apiVersion === 'string' && typeof kind === 'string', `${source} holds what is no manifest`);
  }
}

/** What stands behind `--` is a command of the container's. */
function beforeDashes(args: readonly string[]): readonly string[] {
  const at = args.indexOf('--');
  return at < 0 ? args : args.slice(0, at);
}

function takesValue(option = ''): boolean {
  return [
    '-n',
    '--namespace',
    '-l',
    '--selector',
    '-f',
    '--filename',
    '-c',
    '--container',
    '-o',
    '-p',
  ].includes(option);
}

function valuesOf(words: readonly string[], ...options: string[]): string[] {
  return words.filter((_, index) => options.includes(words[index - 1] ?? ''));
}

/** Looks into rendered manifests: the pods in them, and the environment of each process. */

import { SETTINGS } from '../../src/config.js';
import type { Setting } from '../../src/settings/setting.js';
import type { Manifest } from './chart.js';

/** A pod template, with the workload that makes pods of it. */
export interface Pod {
  readonly owner: string;
  readonly labels: Record<string, string>;
  readonly spec: Manifest;
}

export function podsOf(manifests: readonly Manifest[]): Pod[] {
  return manifests
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ kind, metadata, spec }) => ({
      owner: `${kind} ${metadata.name}`,
      labels: spec.template.metadata.labels,
      spec: spec.template.spec,
    }));
}

/** All containers, those that are there before the switch first. */
export function containersOf({ spec }: Pod): Manifest[] {
  return [...(spec['initContainers'] ?? []), ...spec['containers']];
}

/** Our own processes: those whose image is the sidecar's, and that run `acm`. */
export function processesOf(manifests: readonly Manifest[]): Manifest[] {
  return podsOf(manifests).flatMap((pod) =>
    containersOf(pod).filter(({ args, command }) => isAcm(command, args)),
  );
}

function isAcm(command: unknown, args: unknown): boolean {
  return (
    command === undefined && Array.isArray(args) && ['serve', 'sip-agent', 'lumadb-gateway'].includes(args[0])
  );
}

const PLACEHOLDERS: Record<string, string> = {
  ACM_GATEWAY_TOKEN_HASHES: 'd'.repeat(64),
  ACM_TOKEN: `acm_${'0'.repeat(12)}_${'x'.repeat(43)}`,
};

/** The environment of a container, as the process would read it; secrets are made up. */
export function environmentOf(container: Manifest): Record<string, string> {
  const entries = (container['env'] as Manifest[]).map(({ name, value, valueFrom }): [string, string] => [
    name,
    valueFrom?.secretKeyRef === undefined ? value : secretOf(name),
  ]);
  return Object.fromEntries(entries);
}

function secretOf(name: string): string {
  const setting = Object.values<Setting>(SETTINGS).find((each) => each.name === name);
  if (setting?.takes.startsWith('a postgres')) return 'postgres://acm:secret@db.example.com/acm';
  return PLACEHOLDERS[name] ?? 'a-secret-of-sixteen-and-more';
}

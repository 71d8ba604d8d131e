/** The rings of ARCHITECTURE.md, as rules. `make lint` and test/architecture.test.ts run them. */
const ADAPTERS = [
  'grpc',
  'http',
  'sip',
  'switches',
  'store',
  'reconcile',
  'events',
  'telemetry',
  'simulator',
];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'detection-is-pure',
      comment: 'src/detection has no packages, no node: modules, and nothing of the outer rings.',
      severity: 'error',
      from: { path: '^src/detection' },
      to: { pathNot: '^src/detection' },
    },
    {
      name: 'admission-knows-no-adapter',
      severity: 'error',
      from: { path: '^src/admission' },
      to: { path: '^src/', pathNot: '^src/(admission|detection|errors\\.ts)' },
    },
    ...ADAPTERS.map((adapter) => ({
      name: `${adapter}-imports-no-other-adapter`,
      severity: 'error',
      from: { path: `^src/${adapter}/` },
      to: { path: `^src/(${ADAPTERS.filter((other) => other !== adapter).join('|')})/` },
    })),
    {
      name: 'client-is-a-leaf',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { path: '^src/', pathNot: '^src/(client|gen|errors\\.ts)' },
    },
    {
      name: 'sip-headers-is-a-leaf',
      severity: 'error',
      from: { path: '^src/sip-headers/' },
      to: { path: '^src/', pathNot: '^src/(sip-headers|admission|detection)/' },
    },
    { name: 'src-knows-no-process', severity: 'error', from: { path: '^src' }, to: { path: '^sidecar' } },
    {
      name: 'one-importer-of-prom-client',
      severity: 'error',
      from: { pathNot: '^src/telemetry/' },
      to: { path: 'node_modules/prom-client' },
    },
    {
      name: 'compose-alone-names-the-adapters',
      severity: 'error',
      from: { path: '^sidecar', pathNot: '^sidecar/compose[a-z-]*\\.ts$' },
      to: { path: `^src/(${ADAPTERS.join('|')})/`, pathNot: '^src/telemetry/logger\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};

import { resolve } from 'node:path';
import {
  credentials,
  loadPackageDefinition,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { Complaint, demand } from './complaint.js';

type Unary = (request: object, done: (error: ServiceError | null, answer: object) => void) => void;

/** `grpcurl -plaintext -d JSON ADDRESS SERVICE/METHOD`: asks a real server, by the contract instead of by reflection. */
export async function grpcurl(args: readonly string[]): Promise<void> {
  const data = args[args.indexOf('-d') + 1] ?? '';
  const [address = '', method = ''] = args.slice(-2);
  demand(args.includes('-plaintext'), 'the tests know it with -plaintext alone');
  const [service = '', name = ''] = method.split('/');
  const definition = loadSync('acm/v1/detection.proto', {
    includeDirs: [resolve('proto')],
    keepCase: true,
    enums: String,
  });
  demand(definition[service] !== undefined, `the contract has no service ${service}`);
  const fields = requestOf(definition, service, name);
  const request = JSON.parse(data) as Record<string, unknown>;
  for (const field of Object.keys(request)) demand(fields.has(field), `${name} takes no ${field}`);
  const client = new (constructorOf(definition, service))(address, credentials.createInsecure());
  const ask = (client as unknown as Record<string, Unary>)[name]!.bind(client);
  await new Promise<void>((done, fail) => {
    ask(request, (error, answer) => {
      client.close();
      if (error !== null) fail(new Complaint(error.message));
      else done(console.log(JSON.stringify(answer, undefined, 2)));
    });
  });
}

function requestOf(definition: PackageDefinition, service: string, name: string): Set<string> {
  const method = (definition[service] as ServiceDefinition)[name];
  demand(method !== undefined, `${service} has no method ${name}`);
  const { field } = method.requestType.type as { field: { name: string }[] };
  return new Set(field.map((each) => each.name));
}

function constructorOf(definition: PackageDefinition, service: string): ServiceClientConstructor {
  return service
    .split('.')
    .reduce(
      (tree: object, part) => (tree as Record<string, object>)[part]!,
      loadPackageDefinition(definition),
    ) as ServiceClientConstructor;
}

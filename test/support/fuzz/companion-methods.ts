/** The methods of health and reflection (grpc.health.v1, grpc.reflection.v1): the libraries behind them are fuzzed as well. */
import type { FieldType, GrpcMethod } from './proto-contract.js';

const text = (name: string, number: number): FieldType => ({
  name,
  number,
  type: 'TYPE_STRING',
  label: 'LABEL_OPTIONAL',
  typeName: '',
});

const HEALTH = { name: 'HealthCheckRequest', field: [text('service', 1)], oneofDecl: [] };
const REFLECTION = {
  name: 'ServerReflectionRequest',
  field: [text('file_by_filename', 3), text('file_containing_symbol', 4), text('list_services', 7)],
  oneofDecl: [{ name: 'message_request' }],
};

export const COMPANION_METHODS: readonly GrpcMethod[] = [
  { path: '/grpc.health.v1.Health/Check', requestStream: false, responseStream: false, request: HEALTH },
  { path: '/grpc.health.v1.Health/Watch', requestStream: false, responseStream: true, request: HEALTH },
  {
    path: '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    requestStream: true,
    responseStream: true,
    request: REFLECTION,
  },
];

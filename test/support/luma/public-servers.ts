/**
 * LumaDB's public servers, as far as their gRPC ports go. The first binds none, so it is a free port of which nobody listens;
 * the second serves `luma.v3.QueryService/Execute`, with success and no rows; the third (Go) serves `luma.v1.LumaService`, where
 * Execute ignores the query and answers all documents of the collection, and Stream is not implemented. Of their other ports
 * nothing is here, and none of them stores what comes by gRPC.
 */
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { QueryRequest } from '../../../src/gen/luma/v1/luma.js';
import { LumaServiceService, type QueryResponse } from '../../../src/gen/luma/v1/luma.js';
import { freeTcpPort } from '../free-port.js';

export interface PublicServer {
  /** `host:port` */
  readonly address: string;
  /** Queries that it has answered. */
  readonly queries: number;
  close(): void;
}

/** The published server: it has HTTP and PostgreSQL ports, and binds no gRPC port. */
export async function startPublishedServer(): Promise<PublicServer> {
  return { address: `127.0.0.1:${await freeTcpPort()}`, queries: 0, close: () => undefined };
}

/** The second: another contract, and success with nothing in it whatever is asked. */
export function startQueryServer(): Promise<PublicServer> {
  const execute = {
    path: '/luma.v3.QueryService/Execute',
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  } as const;
  return serve((count) => ({
    definition: { execute },
    implementation: {
      execute: (_call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
        count();
        answer(null, Buffer.from([0x08, 0x01]));
      },
    },
  }));
}

/** @param documents of whichever collection is asked for; Go writes an empty list of them as `null`. */
export function startDocumentServer(documents: readonly object[]): Promise<PublicServer> {
  const response: QueryResponse = {
    success: true,
    error: '',
    result: Buffer.from(documents.length === 0 ? 'null' : JSON.stringify(documents)),
    rowsAffected: documents.length,
    contentType: 'application/json',
  };
  return serve((count) => ({
    definition: LumaServiceService,
    implementation: {
      execute: (
        _call: ServerUnaryCall<QueryRequest, QueryResponse>,
        answer: sendUnaryData<QueryResponse>,
      ) => {
        count();
        answer(null, response);
      },
      stream: (call: ServerWritableStream<QueryRequest, QueryResponse>) => {
        call.emit('error', { code: status.UNIMPLEMENTED, details: 'method Stream not implemented' });
      },
    },
  }));
}

interface Service {
  readonly definition: Parameters<Server['addService']>[0];
  readonly implementation: UntypedServiceImplementation;
}

async function serve(serviceOf: (count: () => void) => Service): Promise<PublicServer> {
  let queries = 0;
  const server = new Server();
  const { definition, implementation } = serviceOf(() => {
    queries++;
  });
  server.addService(definition, implementation);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return {
    address: `127.0.0.1:${port}`,
    get queries() {
      return queries;
    },
    close: () => server.forceShutdown(),
  };
}

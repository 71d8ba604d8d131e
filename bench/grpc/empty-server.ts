/** The least that a grpc-js server can do: decode a CheckCallRequest and answer a constant CheckCallResponse. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import {
  type CheckCallResponse,
  type DetectionServiceServer,
  DetectionServiceService,
} from '../../src/gen/acm/v1/detection.js';
import { argumentOf, reportReady } from './peer-process.js';

const response = argumentOf<CheckCallResponse>();
const server = new Server();
const implementation: Pick<DetectionServiceServer, 'checkCall'> = {
  checkCall: (_call, callback) => callback(null, response),
};
server.addService(DetectionServiceService, implementation as DetectionServiceServer);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  reportReady(port);
});

/** Errors as gRPC statuses: the one table of this edge. */
import { type ServiceError, status } from '@grpc/grpc-js';
import { AcmError, type AcmErrorCode } from '../errors.js';

const STATUS_OF: Record<AcmErrorCode, status> = {
  ACM_INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  ACM_CONFIG: status.FAILED_PRECONDITION,
  ACM_UNAVAILABLE: status.UNAVAILABLE,
  ACM_NOT_FOUND: status.NOT_FOUND,
  ACM_CONFLICT: status.FAILED_PRECONDITION,
  ACM_FORBIDDEN: status.PERMISSION_DENIED,
  ACM_UNAUTHENTICATED: status.UNAUTHENTICATED,
  ACM_RATE_LIMITED: status.RESOURCE_EXHAUSTED,
  ACM_STORE_UNAVAILABLE: status.UNAVAILABLE,
  ACM_STORE_REFUSED: status.INTERNAL,
};

const DEFECT = { code: status.INTERNAL, details: 'internal error; see the log of the sidecar' } as const;

/** What a client is told. An error that is not its doing is a defect of ours: its text stays off the wire. */
export function grpcErrorOf(error: unknown): Pick<ServiceError, 'code' | 'details'> {
  if (!(error instanceof AcmError) || STATUS_OF[error.code] === status.INTERNAL) return DEFECT;
  return { code: STATUS_OF[error.code], details: error.message };
}

/** What the proto files say that can be asked: loaded at run time, so that what is added to them is fuzzed too. */
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';

const PROTO_ROOT = fileURLToPath(new URL('../../../proto/', import.meta.url));
const PACKAGE = 'acm.v1.';

export interface GrpcMethod {
  /** `/acm.v1.DetectionService/CheckCall`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly request: MessageType;
}

export interface MessageType {
  readonly name: string;
  readonly field: readonly FieldType[];
  readonly oneofDecl: readonly { readonly name: string }[];
}

export interface FieldType {
  readonly name: string;
  readonly number: number;
  /** `TYPE_STRING`. */
  readonly type: string;
  /** `LABEL_REPEATED`. */
  readonly label: string;
  /** With or without the package. */
  readonly typeName: string;
}

interface Loaded {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestType: { readonly type: MessageType };
}

export class ProtoContract {
  readonly methods: readonly GrpcMethod[];
  readonly #definition: Readonly<Record<string, unknown>>;

  constructor() {
    const files = globSync('acm/v1/*.proto', { cwd: PROTO_ROOT }).filter((file) => !file.includes('luma'));
    this.#definition = loadSync(files.sort(), { includeDirs: [PROTO_ROOT], keepCase: true });
    this.methods = Object.values(this.#definition)
      .flatMap((each) => Object.values(each as object) as Loaded[])
      .filter((each) => each?.requestType !== undefined)
      .map(({ path, requestStream, responseStream, requestType }) => ({
        path,
        requestStream,
        responseStream,
        request: requestType.type,
      }));
  }

  messageOf({ typeName }: FieldType): MessageType {
    const found = this.#definition[PACKAGE + typeName] ?? this.#definition[typeName];
    if (found === undefined) throw new Error(`no message ${typeName}`);
    return (found as { readonly type: MessageType }).type;
  }
}

import {
  Metadata,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { FaultSwitch } from '../../faults.ts';
import { type Message, serviceDefinition } from '../../grpc/service-definition.ts';
import { Dropped, underFault } from '../apply-fault.ts';
import type { Broker } from '../broker/broker.ts';
import { pubsubProtos, services, unimplemented } from '../operations/api.ts';
import { type Operation, text } from '../operations/operations.ts';
import { asRpcError, grpcCode, RpcError } from '../resources/rpc-error.ts';
import { StreamingPull } from './streaming-pull.ts';

export type GrpcContext = {
  broker: Broker;
  faults: FaultSwitch;
  /** The identity of this peer (`address:port`). */
  identityOf: (peer: string) => string | undefined;
  /** Breaks the connection of this peer (`address:port`). */
  drop: (peer: string) => void;
};

type Unary = ServerUnaryCall<Message, Message>;
type Duplex = ServerDuplexStream<Message, Message>;

/** An error as grpc-js wants it. */
function serviceError(error: unknown): { code: number; details: string; metadata: Metadata } {
  const { code, message } = asRpcError(error);
  return { code: grpcCode(code), details: message, metadata: new Metadata() };
}

function cancelled(call: Unary): AbortSignal {
  const controller = new AbortController();
  call.on('cancelled', () => controller.abort());
  return controller.signal;
}

function unaryHandler(name: string, operation: Operation | undefined, context: GrpcContext): UntypedHandleCall {
  return async (call: Unary, answer: sendUnaryData<Message>) => {
    try {
      if (!operation) throw new RpcError('UNIMPLEMENTED', unimplemented(name));
      const caller = context.identityOf(call.getPeer());
      const resource = operation.resource(call.request);
      const fault = context.faults({
        service: 'pubsub',
        method: name,
        resource,
        ...(caller !== undefined && { caller }),
      });
      const run = () => operation.run(context.broker, call.request, { signal: cancelled(call) });
      // A unary response cannot be cut in the middle, so a truncated one counts as lost.
      const effective = fault?.kind === 'truncate' ? ({ kind: 'lost-response' } as const) : fault;
      answer(null, await underFault(effective, name, run));
    } catch (error) {
      if (error instanceof Dropped) context.drop(call.getPeer());
      else answer(serviceError(error));
    }
  };
}

function streamingPullHandler(context: GrpcContext): UntypedHandleCall {
  return (call: Duplex) => {
    const pull = new StreamingPull(context.broker, {
      send: (response) => call.write(response),
      fail: (refusal) => call.emit('error', serviceError(refusal)),
    });
    let opened: Promise<void> | undefined;
    const open = async (request: Message) => {
      const caller = context.identityOf(call.getPeer());
      const fault = context.faults({
        service: 'pubsub',
        method: 'StreamingPull',
        resource: text(request, 'subscription'),
        ...(caller !== undefined && { caller }),
      });
      await underFault(fault, 'StreamingPull', () => pull.receive(request));
    };
    const failed = (error: unknown) => {
      if (error instanceof Dropped) context.drop(call.getPeer());
      else call.emit('error', serviceError(error));
    };
    call.on('data', (request: Message) => {
      if (opened) {
        opened.then(
          () => pull.receive(request),
          () => {},
        );
        return;
      }
      opened = open(request);
      opened.catch(failed);
    });
    call.on('end', () => {
      pull.close();
      call.end();
    });
    call.on('cancelled', () => pull.close());
    call.on('close', () => pull.close());
  };
}

/** The grpc-js implementation of one service of the API: every method that is not served says so by name. */
export function grpcService(serviceName: string, context: GrpcContext) {
  const definition = serviceDefinition(pubsubProtos, serviceName);
  const operations = services[serviceName] ?? {};
  const handlers = Object.keys(definition).map((name) => {
    if (name === 'StreamingPull') return [name, streamingPullHandler(context)];
    return [name, unaryHandler(name, operations[name], context)];
  });
  return { definition, implementation: Object.fromEntries(handlers) as UntypedServiceImplementation };
}

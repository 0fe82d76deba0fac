import { createRequire } from 'node:module';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { type ProtosJson, serviceDefinition } from '../../grpc/service-definition.ts';
import type { Execution, Job } from '../model/records.ts';

const protosJson = createRequire(import.meta.url)('@google-cloud/run/build/protos/protos.json') as ProtosJson;

export const jobsDefinition = serviceDefinition(protosJson, 'google.cloud.run.v2.Jobs');
export const executionsDefinition = serviceDefinition(protosJson, 'google.cloud.run.v2.Executions');
export const tasksDefinition = serviceDefinition(protosJson, 'google.cloud.run.v2.Tasks');
export const operationsDefinition = serviceDefinition(protosJson, 'google.longrunning.Operations');

export type Any = { type_url: string; value: Buffer };

/** A `google.protobuf.Any` of what a method answers: its own serializer is the message's. */
function packer<T extends object>(definition: ServiceDefinition, method: string, type: string): (message: T) => Any {
  const serialize = definition[method]?.responseSerialize;
  if (!serialize) throw new Error(`the descriptors have no method ${method}`);
  return (message) => ({ type_url: `type.googleapis.com/${type}`, value: serialize(message) });
}

export const packJob = packer<Job>(jobsDefinition, 'GetJob', 'google.cloud.run.v2.Job');
export const packExecution = packer<Execution>(executionsDefinition, 'GetExecution', 'google.cloud.run.v2.Execution');

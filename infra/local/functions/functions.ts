import { join } from 'node:path';
import type { PubSub } from '@google-cloud/pubsub';
import { deliveries } from '../../contract/delivery.ts';
import { endWith } from '../end-with.ts';
import { localFunctions } from '../layout.ts';
import { connectPush } from '../provision/provision-cloud.ts';
import { childEnv, compileCache } from './function-env.ts';
import { type FunctionHost, type FunctionProcess, prepareFunction, startFunction } from './function-process.ts';

export type FunctionName = keyof typeof localFunctions;

export type FunctionsOptions = {
  /** The variables that `functions/core/config.ts` reads; each function calls the cloud as its own identity. */
  envOf: (name: FunctionName) => Promise<Record<string, string>>;
  stateDir: string;
  pubsub: PubSub;
  resources: AsyncDisposableStack;
  /** Settles when buckets and topics exist; messages are pushed to a function only then. */
  provisioned: Promise<unknown>;
};

/** The running functions, one process each. */
export class LocalFunctions {
  readonly running = new Map<FunctionName, FunctionProcess>();
  readonly #options: FunctionsOptions;

  constructor(options: FunctionsOptions) {
    this.#options = options;
  }

  /** Starts a function and pushes its messages there; called again, it replaces an instance that died. */
  async serve(name: FunctionName, prepared?: FunctionHost): Promise<void> {
    const { envOf, stateDir, pubsub, resources, provisioned } = this.#options;
    const host = prepared ?? prepareFunction(childEnv(compileCache(stateDir)));
    await endWith(resources, host.close);
    const started = await startFunction(host, localFunctions[name], await envOf(name), join(stateDir, 'logs'));
    this.running.set(name, started);
    await provisioned;
    for (const delivery of deliveries.filter(({ to }) => to === name)) {
      await connectPush(pubsub, delivery, started.url);
    }
  }
}

import { join } from 'node:path';
import type { PubSub } from '@google-cloud/pubsub';
import type { Closing } from '../closing.ts';
import { type LocalFunction, localFunctions } from '../layout.ts';
import { connectPush } from '../provision/provision-cloud.ts';
import { childEnv, compileCache } from './function-env.ts';
import { type FunctionHost, type FunctionProcess, prepareFunction, startFunction } from './function-process.ts';

export type FunctionName = keyof typeof localFunctions;

export type FunctionsOptions = {
  /** For `functions/core/config.ts`. */
  env: Record<string, string>;
  stateDir: string;
  pubsub: PubSub;
  closing: Closing;
  /** Nothing is pushed to a function before what it works on is there. */
  provisioned: Promise<unknown>;
};

/** The functions that run, each in a process of its own. */
export class LocalFunctions {
  readonly running = new Map<FunctionName, FunctionProcess>();
  readonly #options: FunctionsOptions;

  constructor(options: FunctionsOptions) {
    this.#options = options;
  }

  /** Starts a function, or starts it again as Cloud Run replaces an instance that died, and pushes its messages there. */
  async serve(name: FunctionName, prepared?: FunctionHost): Promise<void> {
    const { env, stateDir, pubsub, closing, provisioned } = this.#options;
    const definition: LocalFunction = localFunctions[name];
    const host = prepared ?? prepareFunction(childEnv(compileCache(stateDir)));
    await closing.add(host.close);
    const started = await startFunction(host, definition, env, join(stateDir, 'logs'));
    this.running.set(name, started);
    await provisioned;
    if (definition.topic !== undefined) await connectPush(pubsub, definition.topic, started.url);
  }
}

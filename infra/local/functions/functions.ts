import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PubSub } from '@google-cloud/pubsub';
import { deliveries } from '../../contract/delivery.ts';
import { endWith } from '../end-with.ts';
import { localFunctions } from '../layout.ts';
import { connectPush } from '../provision/provision-cloud.ts';
import { childEnv, compileCache } from './function-env.ts';
import { type FunctionHost, type FunctionProcess, prepareFunction, startFunction } from './function-process.ts';
import { restartAfter } from './restart-policy.ts';

export type FunctionName = keyof typeof localFunctions;

export type FunctionsOptions = {
  /** The variables that `functions/core/config.ts` reads; each function calls the cloud as its own identity. */
  envOf: (name: FunctionName) => Promise<Record<string, string>>;
  stateDir: string;
  pubsub: PubSub;
  resources: AsyncDisposableStack;
  /** Settles when buckets and topics exist; messages are pushed to a function only then. */
  provisioned: Promise<unknown>;
  /** Told when a function ended by itself, and what happens next. */
  report: (line: string) => void;
};

type Replaced = { failures: number; port: number };
type Ended = { how: string; failures: number; startedAt: number };

/** The running functions, one process each. A process that ends is replaced, as Cloud Run does. */
export class LocalFunctions {
  readonly running = new Map<FunctionName, FunctionProcess>();
  readonly #options: FunctionsOptions;

  constructor(options: FunctionsOptions) {
    this.#options = options;
  }

  /** Starts a function and pushes its messages there. */
  async serve(name: FunctionName, prepared?: FunctionHost): Promise<void> {
    const { pubsub, provisioned } = this.#options;
    const { url } = await this.#start(name, { failures: 0, port: 0 }, prepared);
    await provisioned;
    for (const delivery of deliveries.filter(({ to }) => to === name)) await connectPush(pubsub, delivery, url);
  }

  async #start(name: FunctionName, { failures, port }: Replaced, prepared?: FunctionHost): Promise<FunctionProcess> {
    const { envOf, stateDir, resources } = this.#options;
    const host = prepared ?? prepareFunction(childEnv(compileCache(stateDir)));
    await endWith(resources, host.close);
    const place = { logDir: join(stateDir, 'logs'), port };
    const started = await startFunction(host, localFunctions[name], await envOf(name), place);
    this.running.set(name, started);
    const startedAt = performance.now();
    void started.ended.then((how) => this.#replace(name, started, { how, failures, startedAt }));
    return started;
  }

  /** Starts an ended function again on its old port, so that the push endpoint and the status URL stay. */
  async #replace(
    name: FunctionName,
    { url, log }: Pick<FunctionProcess, 'url' | 'log'>,
    { how, failures, startedAt }: Ended,
  ): Promise<void> {
    const { resources, report } = this.#options;
    if (resources.disposed) return;
    const restart = restartAfter(failures, performance.now() - startedAt);
    if (restart.pauseMs === undefined) {
      report(`the function ${name} ended (${how}) ${restart.failures} times in a row and stays stopped; see ${log}`);
      return;
    }
    report(`the function ${name} ended (${how}); it starts again in ${restart.pauseMs / 1000} s; see ${log}`);
    await sleep(restart.pauseMs, undefined, { ref: false });
    if (resources.disposed) return;
    const replaced = { failures: restart.failures, port: Number(new URL(url).port) };
    try {
      await this.#start(name, replaced);
    } catch (error) {
      const how = (error as Error).message;
      await this.#replace(name, { url, log }, { how, failures: restart.failures, startedAt: performance.now() });
    }
  }
}

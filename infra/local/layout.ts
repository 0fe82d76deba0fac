import { type FunctionName, functionFiles } from '../contract/function-env.ts';

/** The resource names of the embedded cloud; infra/gcp uses the same ones in Google Cloud. */
export const layout = {
  project: 'pincast-local',
  region: 'local',
  buckets: {
    pins: 'pincast-pins',
    assignments: 'pincast-assignments',
    control: 'pincast-control',
    receipts: 'pincast-receipts',
    results: 'pincast-results',
    environments: 'pincast-environments',
  },
  runtime: 'codex',
} as const;

export type LocalFunction = { name: FunctionName; source: string };

export const localFunctions = {
  fanOut: localFunction('fanOut'),
  receipt: localFunction('receipt'),
  recheck: localFunction('recheck'),
  status: localFunction('status'),
};

function localFunction(name: FunctionName): LocalFunction {
  return { name, source: `functions/${functionFiles[name]}.ts` };
}

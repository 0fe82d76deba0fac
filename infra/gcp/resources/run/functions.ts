import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import type { Deployment } from '../../../contract/deployment.ts';
import { type FunctionName, functionEnv, functionFiles } from '../../../contract/function-env.ts';
import type { StackInput } from '../../input/schema.ts';
import type { Handles } from '../handles.ts';

type Scale = { memory: string; concurrency: number; instances: number; timeoutSeconds: number };

/** An event-driven function's time, below the ack deadline of 600 s: Pub/Sub still waits when the function is stopped. */
const MESSAGE_SECONDS = 540;

/** One reconcile each; `receipt` handles many small messages side by side and limits its own calls by process. */
const scales: Readonly<Record<FunctionName, Scale>> = {
  fanOut: { memory: '1Gi', concurrency: 1, instances: 10, timeoutSeconds: MESSAGE_SECONDS },
  recheck: { memory: '1Gi', concurrency: 1, instances: 5, timeoutSeconds: MESSAGE_SECONDS },
  receipt: { memory: '512Mi', concurrency: 40, instances: 10, timeoutSeconds: MESSAGE_SECONDS },
  status: { memory: '512Mi', concurrency: 20, instances: 5, timeoutSeconds: 60 },
};

/** Each build adds an image to its function's package; the deployed one is among the newest. */
const IMAGES = { kept: 5, seconds: 30 * 86_400 };

/** The repository of the functions' images: Cloud Build may write there, and nowhere else. */
export function defineRepository({ project, region }: Deployment): gcp.artifactregistry.Repository {
  return new gcp.artifactregistry.Repository('repository/functions', {
    project,
    location: region,
    repositoryId: 'pincast-functions',
    format: 'DOCKER',
    description: 'Images of the functions, made by Cloud Build',
    cleanupPolicyDryRun: false,
    cleanupPolicies: [
      { id: 'keep-newest', action: 'KEEP', mostRecentVersions: { keepCount: IMAGES.kept } },
      { id: 'delete-old', action: 'DELETE', condition: { tagState: 'ANY', olderThan: `${IMAGES.seconds}s` } },
    ],
  });
}

/** The functions by name. @param built what Cloud Build needs before it can build: the grants of its account. */
export function defineFunctions(
  deployment: Deployment,
  input: StackInput,
  handles: Pick<Handles, 'accounts' | 'buckets' | 'repository'>,
  built: pulumi.Resource[],
): Map<FunctionName, gcp.cloudfunctionsv2.Function> {
  const names = Object.keys(functionFiles) as FunctionName[];
  return new Map(names.map((name) => [name, defineFunction(name)]));

  function defineFunction(name: FunctionName): gcp.cloudfunctionsv2.Function {
    const { project, region, identities } = deployment;
    const file = functionFiles[name];
    const dependsOn = [
      ...built,
      ...[identities[name], identities.build].flatMap((email) => handles.accounts.get(email) ?? []),
    ];
    return new gcp.cloudfunctionsv2.Function(
      `function/${name}`,
      {
        project,
        location: region,
        name: `pincast-${file}`,
        buildConfig: {
          runtime: 'nodejs24',
          entryPoint: name,
          serviceAccount: `projects/${project}/serviceAccounts/${identities.build}`,
          dockerRepository: handles.repository.id,
          source: { storageSource: sourceOf(file) },
        },
        serviceConfig: serviceConfig(name),
      },
      { dependsOn },
    );
  }

  /** The generation makes a changed archive a new build. The provider deletes by name, so the old one goes first. */
  function sourceOf(file: string) {
    const { source } = deployment.buckets;
    const archive = new pulumi.asset.FileArchive(`${input.functionsSource}/${file}`);
    const object = new gcp.storage.BucketObject(
      `source/${file}`,
      { bucket: source, name: `${file}.zip`, source: archive },
      { dependsOn: handles.buckets.get(source), deleteBeforeReplace: true },
    );
    return { bucket: source, object: object.name, generation: object.generation };
  }

  function serviceConfig(name: FunctionName): gcp.types.input.cloudfunctionsv2.FunctionServiceConfig {
    const { memory, concurrency, instances, timeoutSeconds } = scales[name];
    return {
      serviceAccountEmail: deployment.identities[name],
      // A push of the same project's Pub/Sub counts as internal.
      ingressSettings: name === 'status' ? input.statusIngress : 'ALLOW_INTERNAL_ONLY',
      availableCpu: '1',
      availableMemory: memory,
      maxInstanceRequestConcurrency: concurrency,
      minInstanceCount: 0,
      maxInstanceCount: instances,
      timeoutSeconds,
      allTrafficOnLatestRevision: true,
      environmentVariables: { NODE_ENV: 'production', ...functionEnv(deployment) },
    };
  }
}

import * as pulumi from '@pulumi/pulumi';
import { parseInput } from '../input.ts';
import { defineStack, type StackOutputs } from '../stack.ts';

/** One registration. Inputs that come from other resources have the values of `answerOf`. */
export type Registration = {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  protect: boolean;
  retainOnDelete: boolean;
  deleteBeforeReplace: boolean;
  ignoreChanges: string[];
  /** The names of the resources that it waits for, without those of its inputs' own. */
  dependsOn: string[];
};

export type Deployed = { resources: Registration[]; outputs: StackOutputs };

/** The request to the engine, as far as it is read; generated code without types of its own. */
type RegisterRequest = {
  getType(): string;
  getName(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDeletebeforereplace(): boolean;
  getIgnorechangesList(): string[];
  getDependenciesList(): string[];
};

type Callback = (error: unknown, response: unknown) => void;
type Monitor = { registerResource(request: RegisterRequest, callback: Callback): Promise<void> };

/** The number of the project in every test. */
export const PROJECT_NUMBER = '123456789012';

/** Runs the program without an engine. @param raw a stack's configuration */
export async function deploy(raw: unknown): Promise<Deployed> {
  const resources: Registration[] = [];
  const options = new Map<string, Partial<Registration>>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }) => {
        const revealed = revealSecrets(inputs);
        resources.push({ type, name, inputs: revealed, ...NO_OPTIONS, ...options.get(`${type} ${name}`) });
        return { id: id || idOf(type, name, revealed), state: { ...inputs, ...answerOf(type, name, inputs) } };
      },
      call: ({ token, inputs }) => callAnswer(token, inputs),
    },
    'pincast',
    'test',
  );
  recordOptions(options);
  const outputs = await withoutStacks(async () => {
    const defined = defineStack(parseInput(raw));
    await pulumi.runtime.disconnect();
    return defined;
  });
  return { resources, outputs };
}

/** The SDK keeps a stack trace of each of its promises, which takes two thirds of the time of a large stack. */
async function withoutStacks<T>(run: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

const NO_OPTIONS = {
  protect: false,
  retainOnDelete: false,
  deleteBeforeReplace: false,
  ignoreChanges: [],
  dependsOn: [],
};

/** The SDK's mocks do not see a resource's options, so they are read from the request. */
function recordOptions(options: Map<string, Partial<Registration>>): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    options.set(`${request.getType()} ${request.getName()}`, {
      protect: request.getProtect(),
      retainOnDelete: request.getRetainondelete(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      ignoreChanges: request.getIgnorechangesList(),
      dependsOn: request.getDependenciesList().map((urn) => urn.slice(urn.lastIndexOf('::') + 2)),
    });
    return register(request, callback);
  };
}

/** The SDK's mark of a secret: the provider takes an object's content for one. */
const SECRET = '4dabf18193072939515e22adb298388d';

function revealSecrets(inputs: Record<string, unknown>): Record<string, unknown> {
  const reveal = (value: unknown) =>
    Object.hasOwn(Object(value), SECRET) ? (value as { value: unknown }).value : value;
  return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, reveal(value)]));
}

/** A resource's id in Google Cloud, as far as other resources' inputs need it. */
function idOf(type: string, name: string, { project, location, ...inputs }: Record<string, unknown>): string {
  switch (type) {
    case 'gcp:pubsub/topic:Topic':
      return `projects/${project}/topics/${inputs.name}`;
    case 'gcp:artifactregistry/repository:Repository':
      return `projects/${project}/locations/${location}/repositories/${inputs.repositoryId}`;
    default:
      return name;
  }
}

/** What Google Cloud would add to a resource, as far as other resources' inputs need it. */
function answerOf(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (type) {
    case 'gcp:cloudfunctionsv2/function:Function': {
      const uri = `https://${inputs.name}-hash.a.run.app`;
      return { serviceConfig: { ...(inputs.serviceConfig as object), uri, service: `services/${inputs.name}` } };
    }
    case 'gcp:storage/bucketObject:BucketObject':
      return { generation: 1 };
    case 'gcp:projects/serviceIdentity:ServiceIdentity':
      return { email: `service-${PROJECT_NUMBER}@${name}.iam.gserviceaccount.com` };
    default:
      return {};
  }
}

function callAnswer(token: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (token) {
    case 'gcp:storage/getProjectServiceAccount:getProjectServiceAccount':
      return { ...inputs, emailAddress: `service-${PROJECT_NUMBER}@gs-project-accounts.iam.gserviceaccount.com` };
    case 'gcp:cloudidentity/getGroupLookup:getGroupLookup':
      return { ...inputs, name: `groups/of-${(inputs.groupKey as { id: string }).id}` };
    default:
      throw new Error(`unexpected call ${token}`);
  }
}

/** The resources of a type, by its short name: `storage/bucket`. */
export function ofType({ resources }: Deployed, type: string): Registration[] {
  return resources.filter((one) => one.type.startsWith(`gcp:${type}:`));
}

/** The one resource with this type and this `name` among its inputs, or as its own name. */
export function resource(deployed: Deployed, type: string, name: string): Registration {
  const found = ofType(deployed, type).filter((one) => one.inputs.name === name || one.name === name);
  if (found.length === 1 && found[0] !== undefined) return found[0];
  throw new Error(
    `expected one ${type} ${name}, got ${found.length} of ${ofType(deployed, type).map((one) => one.name)}`,
  );
}

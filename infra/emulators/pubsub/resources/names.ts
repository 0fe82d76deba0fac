import { RpcError } from './rpc-error.ts';

export type ResourceKind = 'topics' | 'subscriptions';

/** Google's rule: 3 to 255 characters, a letter first, and never Google's own prefix. */
const ID = /^(?!goog)[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/;

/**
 * Takes `projects/P/topics/T` (or `…/subscriptions/S`) apart.
 *
 * @throws RpcError INVALID_ARGUMENT that names what it got
 */
export function parseName(kind: ResourceKind, name: string): { project: string; id: string } {
  const [projects, project, kindGot, id, ...rest] = name.split('/');
  const wellFormed = projects === 'projects' && project && kindGot === kind && id && rest.length === 0;
  if (wellFormed && ID.test(id)) return { project, id };
  throw new RpcError('INVALID_ARGUMENT', `Invalid [${kind}] name: (name=${name})`);
}

/** @throws RpcError INVALID_ARGUMENT unless it is `projects/P` */
export function parseProject(name: string): string {
  const project = /^projects\/([^/]+)$/.exec(name)?.[1];
  if (project) return project;
  throw new RpcError('INVALID_ARGUMENT', `Invalid [projects] name: (name=${name})`);
}

export function notFound(name: string): RpcError {
  return new RpcError('NOT_FOUND', `Resource not found (resource=${name.split('/').at(-1)}).`);
}

export function alreadyExists(name: string): RpcError {
  return new RpcError('ALREADY_EXISTS', `Resource already exists in the project (resource=${name.split('/').at(-1)}).`);
}

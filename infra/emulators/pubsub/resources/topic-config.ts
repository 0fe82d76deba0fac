import type { Message } from '../../grpc/service-definition.ts';
import { parseName } from './names.ts';
import type { Topic } from './resources.ts';
import { refuseUnsupported } from './unsupported.ts';

const UNSUPPORTED = ['kmsKeyName', 'schemaSettings', 'ingestionDataSourceSettings', 'messageTransforms', 'tags'];

/**
 * What CreateTopic asks for.
 *
 * @throws RpcError INVALID_ARGUMENT for a name, UNIMPLEMENTED for a field that this server does not serve
 */
export function newTopic(request: Message): Topic {
  const asked = request as unknown as Topic;
  parseName('topics', asked.name ?? '');
  refuseUnsupported('a topic', request, UNSUPPORTED);
  return {
    name: asked.name,
    labels: asked.labels ?? {},
    messageRetentionDuration: asked.messageRetentionDuration ?? null,
    messageStoragePolicy: asked.messageStoragePolicy ?? null,
  };
}

import * as gcp from '@pulumi/gcp';
import { topics } from '../../../../functions/core/messages/topics.ts';
import type { Deployment } from '../../../contract/deployment.ts';
import type { StackInput } from '../../input/schema.ts';
import { found, type Handles } from '../handles.ts';

const RECHECK_ALL = '{}';

/** Cloud Scheduler publishes as its own agent. A run that fails is not retried: the next one does its work. */
export function defineSchedule(
  { project, region }: Deployment,
  { schedule }: StackInput,
  handles: Pick<Handles, 'topics'>,
): void {
  new gcp.cloudscheduler.Job('schedule/recheck', {
    project,
    region,
    name: 'pincast-recheck',
    description: 'Asks for a reconcile of every fleet',
    schedule,
    timeZone: 'Etc/UTC',
    pubsubTarget: {
      topicName: found(handles.topics, topics.fleetRecheck).id,
      data: Buffer.from(RECHECK_ALL).toString('base64'),
    },
  });
}

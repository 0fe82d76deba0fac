import type { protos } from '@google-cloud/run';
import { type Context, knownExecution } from '../jobs/context.ts';
import type { ExecutionState } from '../model/execution-state.ts';
import { parseTask, taskName } from '../model/names.ts';
import type { Task, TaskRecord } from '../model/records.ts';
import { notFound } from '../model/rpc-error.ts';
import { taskView } from '../views/task-view.ts';
import type { Method } from './methods.ts';
import { pageStart, takePage } from './page.ts';

type GetRequest = protos.google.cloud.run.v2.IGetTaskRequest;
type ListRequest = protos.google.cloud.run.v2.IListTasksRequest;

function viewOf({ folders }: Context, execution: ExecutionState, task: TaskRecord): Task {
  const attempt = Math.max(0, task.attempts - 1);
  return taskView(execution, task, folders.attemptLogUri(execution.record.name, task.index, attempt));
}

function getTask(context: Context, name: string): Task {
  const execution = context.store.state.execution(parseTask(name)?.parent ?? '');
  const index = Number(/-task(\d{1,5})$/.exec(name)?.[1]);
  const task = execution?.tasks[index];
  if (!execution || !task || taskName(execution.record.name, index) !== name) throw notFound(name);
  return viewOf(context, execution, task);
}

/** By index; a page token is the last index of the page before. */
function listTasks(context: Context, request: ListRequest): { tasks: Task[]; nextPageToken: string } {
  const execution = knownExecution(context, request.parent ?? '');
  const start = pageStart(request);
  const rest = start === undefined ? execution.tasks : execution.tasks.slice(start + 1);
  const page = takePage(rest, request, ({ index }) => index);
  return { tasks: page.items.map((task) => viewOf(context, execution, task)), nextPageToken: page.nextPageToken };
}

export const tasksService = (context: Context) => ({
  GetTask: {
    resource: ({ name }) => name ?? '',
    answer: ({ name }) => getTask(context, name ?? ''),
  } satisfies Method<GetRequest>,
  ListTasks: {
    resource: ({ parent }) => parent ?? '',
    answer: (request) => listTasks(context, request),
  } satisfies Method<ListRequest>,
});

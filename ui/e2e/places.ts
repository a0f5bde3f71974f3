import type { Page } from '@playwright/test';
import { ask, type Gateway } from './bed';

interface Named {
  id: string;
  name: string;
}

/** Every page of the application, by a name for its picture; those of things with things of the filled project. */
export async function places(page: Page, gateway: Gateway): Promise<[name: string, path: string][]> {
  const project = '?project=demo';
  const tasks = await ask<{ items: Named[] }>(page, gateway, `/tasks${project}`);
  const runs = await ask<{ items: { id: string; task_name: string; rejected_records: number }[] }>(page, gateway, `/runs${project}`);
  const connections = await ask<{ items: Named[] }>(page, gateway, `/connections${project}`);
  const orders = tasks.items.find((task) => task.name === 'orders') ?? tasks.items[0]!;
  const rejecting = runs.items.find((run) => run.rejected_records > 0 && /^(orders|customers)$/.test(run.task_name)) ?? runs.items[0]!;
  return [
    ['dashboard', `/${project}`],
    ['tasks', `/tasks${project}`],
    ['task', `/tasks/${orders.id}${project}`],
    ['task-mapping', `/tasks/${orders.id}${project}&tab=mapping`],
    ['task-schedule', `/tasks/${orders.id}${project}&tab=schedule`],
    ['task-history', `/tasks/${orders.id}${project}&tab=history`],
    ['wizard', `/tasks/new${project}`],
    ['wizard-mapping', `/tasks/${orders.id}/edit${project}&step=mapping`],
    ['wizard-cleaning', `/tasks/${orders.id}/edit${project}&step=cleaning`],
    ['wizard-review', `/tasks/${orders.id}/edit${project}&step=review`],
    ['runs', `/runs${project}`],
    ['run', `/runs/${rejecting.id}${project}`],
    ['run-rejects', `/runs/${rejecting.id}${project}&tab=rejected`],
    ['schedules', `/schedules${project}`],
    ['schedules-calendar', `/schedules${project}&tab=calendar`],
    ['connections', `/connections${project}`],
    ['connection', `/connections/${connections.items[0]!.id}${project}`],
    ['files', `/files${project}`],
    ['projects', `/projects${project}`],
    ['project-schemas', `/projects${project}&open=demo&tab=schemas`],
    ['project-templates', `/projects${project}&open=demo&tab=templates`],
    ['settings', `/settings${project}`],
    ['settings-tokens', `/settings${project}&tab=tokens`],
    ['settings-users', `/settings${project}&tab=users`],
    ['settings-notifications', `/settings${project}&tab=notifications`],
    ['audit', `/audit${project}`],
  ];
}

import { Checkbox, Form, Input, InputNumber } from 'antd';
import { Link, useNavigate } from 'react-router';
import { client, type S } from '@/api/client';
import { useProject } from '@/api/session';
import { FormModal } from '@/pages/settings/FormModal';
import { useTaskActs } from './useTaskActs';

interface Draft {
  version?: number | null;
  max_attempts?: number | null;
  callback_url?: string;
  dry_run?: boolean;
}

/** A run that is asked for with more than “now”. */
export function RunOptions({ task, close }: { task: Pick<S['TaskSummary'], 'id' | 'name' | 'current'>; close: () => void }) {
  const project = useProject();
  const go = useNavigate();
  const { refresh } = useTaskActs();
  async function start({ version, max_attempts, callback_url, dry_run }: Draft) {
    const address = callback_url?.trim();
    const { data } = await client.POST('/api/v1/runs', {
      params: { query: { project } },
      body: {
        task: task.id, wait: false, dry_run: dry_run ?? false, max_attempts: max_attempts ?? 1,
        ...(version && version !== task.current && { version }), ...(address && { callback_url: address }),
      },
    });
    void refresh();
    if (data) void go(`/runs/${data.id}`);
  }
  return (
    <FormModal<Draft> title={`Run ${task.name} with options`} verb="Run" isOpen close={close} submit={start} initial={{ version: task.current, max_attempts: 1, dry_run: false }}>
      <Form.Item name="dry_run" valuePropName="checked" extra="The run shows what it would do, with all rows.">
        <Checkbox>Write nothing (dry run)</Checkbox>
      </Form.Item>
      <Form.Item name="version" label="Version of the task" extra={`The newest is ${task.current}. Its history tells what each one was.`}>
        <InputNumber min={1} max={task.current} precision={0} />
      </Form.Item>
      <Form.Item name="max_attempts" label="Attempts" extra="How often it is tried while a system does not answer.">
        <InputNumber min={1} max={100} precision={0} />
      </Form.Item>
      <Form.Item
        name="callback_url" label="Address to call at the end"
        rules={[{ pattern: /^\s*https?:\/\/\S+\s*$/, message: 'Give an address that begins with https:// or http://.' }]}
        extra={<>A program there is told how the run ended. The call is signed; the secret is in the <Link to="/settings?tab=notifications">notifications</Link>.</>}
      >
        <Input type="url" maxLength={2000} placeholder="https://example.org/runs" autoComplete="off" spellCheck={false} />
      </Form.Item>
    </FormModal>
  );
}

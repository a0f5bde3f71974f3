import { useState, type ReactNode } from 'react';
import { Form, Modal } from 'antd';
import { ApiError } from '@/api/client';
import { showAtFields } from './serverErrors';

interface Props<T extends object> {
  title: string;
  verb: string;
  isOpen: boolean;
  close: () => void;
  initial?: Partial<T>;
  /** Saves; `force` overwrites what somebody else saved meanwhile. What it throws is shown at the fields. */
  submit: (values: T, force: boolean) => Promise<unknown>;
  /** Theirs is taken: what is shown has to be loaded again. */
  reload?: () => void;
  children: ReactNode;
}

/** A form in a dialog: the server's errors stand at their fields, and above all others. */
export function FormModal<T extends object>({ title, verb, isOpen, close, initial, submit, reload, children }: Props<T>) {
  const [form] = Form.useForm<T>();
  const [trouble, setTrouble] = useState('');
  const [stale, setStale] = useState<T>();
  const [isBusy, setBusy] = useState(false);

  async function save(values: T, force = false) {
    setBusy(true);
    setTrouble('');
    setStale(undefined);
    try {
      await submit(values, force);
      close();
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) setStale(values);
      else setTrouble(showAtFields(form, error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal
      open={isOpen} title={title} okText={verb} confirmLoading={isBusy} destroyOnHidden mask={{ closable: false }}
      onCancel={close} onOk={() => form.submit()} afterClose={() => { setTrouble(''); setStale(undefined); }}
    >
      <Form<T> form={form} layout="vertical" requiredMark="optional" preserve={false} initialValues={initial} onFinish={(values) => void save(values)}>
        {trouble && (
          <p role="alert" className="note error" style={{ marginBottom: 16 }}>
            {trouble}
          </p>
        )}
        {stale && (
          <div role="alert" className="note warning stack" style={{ marginBottom: 16, gap: 8 }}>
            <span>Somebody else has changed this since you opened it.</span>
            <span className="row">
              <button type="button" className="button" onClick={() => void save(stale, true)}>
                Keep mine
              </button>
              <button type="button" className="button" onClick={() => { reload?.(); close(); }}>
                Take theirs
              </button>
            </span>
          </div>
        )}
        {children}
        <button type="submit" hidden />
      </Form>
    </Modal>
  );
}

import { useState, type ReactNode } from 'react';
import { Form, Modal } from 'antd';
import { StaleEdit } from '@/components/StaleEdit';
import { isStale, sentence } from '@/lib/problems';
import { showAtFields } from './serverErrors';

interface Props<T extends object> {
  title: string;
  verb: string;
  isOpen: boolean;
  close: () => void;
  initial?: Partial<T>;
  /** Saves; `over` is the version of theirs that mine is kept over. What it throws is shown at the fields. */
  submit: (values: T, over?: number) => Promise<unknown>;
  /** For edits that may cross with somebody else's. */
  crossed?: Crossed<T>;
  /** Of the dialog, in pixels, where there is room. */
  width?: number;
  children: ReactNode;
}

interface Crossed<T> {
  /** What is edited: "this channel". */
  what: string;
  /** It, as it is on the server now. */
  load: () => Promise<Theirs>;
  /** What was typed, by the words of the form; as `Theirs.shown`. */
  spoken: (values: T) => Record<string, unknown>;
  /** Theirs is taken: what is shown has to be loaded again. */
  reload: () => void;
}

interface Theirs {
  version: number;
  shown: Record<string, unknown>;
}

/** A form in a dialog: the server's errors stand at their fields, and above all others. */
export function FormModal<T extends object>({ title, verb, isOpen, close, initial, submit, crossed, width, children }: Props<T>) {
  const [form] = Form.useForm<T>();
  const [trouble, setTrouble] = useState('');
  const [stale, setStale] = useState<{ mine: T; theirs: Theirs }>();
  const [isBusy, setBusy] = useState(false);

  async function save(values: T, over?: number) {
    setBusy(true);
    setTrouble('');
    setStale(undefined);
    try {
      await submit(values, over);
      close();
    } catch (error) {
      if (crossed && isStale(error)) await compare(values, crossed);
      else setTrouble(showAtFields(form, error));
    } finally {
      setBusy(false);
    }
  }

  const compare = (mine: T, { load }: Crossed<T>) =>
    load().then((theirs) => setStale({ mine, theirs }), (error: unknown) => setTrouble(sentence(error)));

  return (
    <Modal
      open={isOpen} title={title} width={width} okText={verb} confirmLoading={isBusy} destroyOnHidden mask={{ closable: false }}
      onCancel={close} onOk={() => form.submit()} afterClose={() => { setTrouble(''); setStale(undefined); }}
    >
      <Form<T> form={form} layout="vertical" requiredMark="optional" preserve={false} initialValues={initial} onFinish={(values) => void save(values)}>
        {trouble && (
          <p role="alert" className="note error" style={{ marginBottom: 16 }}>
            {trouble}
          </p>
        )}
        {children}
        <button type="submit" hidden />
      </Form>
      {stale && crossed && (
        <StaleEdit
          what={crossed.what} mine={crossed.spoken(stale.mine)} theirs={stale.theirs.shown} isSaving={isBusy}
          keepMine={() => void save(stale.mine, stale.theirs.version)} takeTheirs={() => { crossed.reload(); close(); }} close={() => setStale(undefined)}
        />
      )}
    </Modal>
  );
}

import { useState } from 'react';
import { App, Input } from 'antd';

interface Danger {
  title: string;
  /** What is lost. */
  text: string;
  /** What has to be typed, when data is lost. */
  name?: string;
  verb: string;
  act: () => Promise<unknown> | unknown;
}

/** Asks before something is lost; with a name, it has to be typed. */
export function useConfirmDanger(): (danger: Danger) => void {
  const { modal } = App.useApp();
  return ({ title, text, name, verb, act }) => {
    const shown = modal.confirm({
      title,
      content: <Question text={text} name={name} allow={(is) => shown.update({ okButtonProps: { danger: true, disabled: !is } })} />,
      okText: verb,
      okButtonProps: { danger: true, disabled: name !== undefined },
      onOk: act,
    });
  };
}

function Question({ text, name, allow }: { text: string; name: string | undefined; allow: (is: boolean) => void }) {
  const [typed, setTyped] = useState('');
  return (
    <>
      <p>{text}</p>
      {name !== undefined && (
        <label className="field" style={{ marginTop: 10 }}>
          <span>
            Type <code>{name}</code> to go on
          </span>
          <Input
            autoFocus value={typed} autoComplete="off"
            onChange={(event) => { setTyped(event.target.value); allow(event.target.value === name); }}
          />
        </label>
      )}
    </>
  );
}

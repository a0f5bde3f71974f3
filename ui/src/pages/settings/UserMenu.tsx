import { App, Dropdown } from 'antd';
import { client, type S } from '@/api/client';
import { useMe } from '@/api/session';
import { sentence } from '@/components/ErrorView';
import { Icon } from '@/components/icons';
import { useConfirmDanger } from '@/components/confirm';
import { useRefresh } from './refresh';
import type { Shown } from './ShownOnce';
import { linkOf } from './Users';

/** What an administrator may do with a person. */
export function UserMenu({ user, show }: { user: S['UserView']; show: (shown: Shown) => void }) {
  const me = useMe();
  const refresh = useRefresh();
  const danger = useConfirmDanger();
  const { message } = App.useApp();
  const isMe = me.user.id === user.id;
  const path = { user_id: user.id };

  async function work(act: () => Promise<unknown>, said: string) {
    try {
      await act();
      void message.success(said);
    } catch (error) {
      void message.error(sentence(error));
    }
    await refresh('/api/v1/users');
  }
  const change = (body: S['UserChange'], said: string) =>
    work(() => client.PATCH('/api/v1/users/{user_id}', { params: { path, header: { 'if-match': `"${user.version}"` } }, body }), said);
  const link = async () => {
    const made = await client.POST('/api/v1/users/{user_id}/invitation', { params: { path } });
    await refresh('/api/v1/users');
    show(linkOf(user.email, made.data!));
  };

  const isLocked = user.locked_until !== null && Date.parse(user.locked_until) > Date.now();
  const items = [
    isLocked && { key: 'unlock', label: 'End the lock-out' },
    !isMe && user.is_active && { key: 'link', label: user.has_password ? 'Reset the password' : 'New invitation link' },
    { key: 'admin', label: user.is_admin ? 'Make an ordinary person' : 'Make administrator' },
    !isMe && { key: 'active', label: user.is_active ? 'Deactivate' : 'Activate' },
    !isMe && { key: 'delete', label: 'Remove', danger: true },
  ].filter((item) => item !== false);

  const acts: Record<string, () => unknown> = {
    unlock: () => work(() => client.POST('/api/v1/users/{user_id}/unlock', { params: { path } }), 'The lock-out has ended.'),
    link: () =>
      user.has_password
        ? danger({
            title: `Reset the password of ${user.email}?`, verb: 'Reset', act: link,
            text: 'Their password and all their sessions end now. You get a link to send to them, with which they choose a new one.',
          })
        : link().catch((error: unknown) => message.error(sentence(error))),
    admin: () => change({ is_admin: !user.is_admin }, user.is_admin ? 'They are an ordinary person now.' : 'They are administrator now.'),
    active: () =>
      user.is_active
        ? danger({
            title: `Deactivate ${user.email}?`, verb: 'Deactivate', text: 'They are signed out, and their tokens open nothing. You can activate them again.',
            act: () => change({ is_active: false }, 'They are deactivated.'),
          })
        : change({ is_active: true }, 'They are active again.'),
    delete: () =>
      danger({
        title: `Remove ${user.email}?`, verb: 'Remove', name: user.email,
        text: 'Their account, roles, sessions and tokens are deleted. What they made stays.',
        act: () => work(() => client.DELETE('/api/v1/users/{user_id}', { params: { path } }), 'The account is removed.'),
      }),
  };
  return (
    <Dropdown trigger={['click']} menu={{ items, onClick: ({ key }) => void acts[key]?.() }}>
      <button type="button" className="button quiet icon" aria-label={`Actions for ${user.email}`}>
        <Icon name="dots" />
      </button>
    </Dropdown>
  );
}

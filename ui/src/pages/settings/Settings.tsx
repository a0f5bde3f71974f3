import './settings.css';
import { lazy, Suspense } from 'react';
import { useMe } from '@/api/session';
import { Boundary } from '@/components/Boundary';
import { PageHeader } from '@/components/PageHeader';
import { Skeleton } from '@/components/QueryBoundary';
import { Tabs } from '@/components/Tabs';
import { useUrlState } from '@/lib/url';

const Profile = lazy(() => import('./Profile'));
const Tokens = lazy(() => import('./Tokens'));
const Users = lazy(() => import('./Users'));
const Notifications = lazy(() => import('./Notifications'));
const Server = lazy(() => import('./Server'));

const TABS = [
  { key: 'profile', label: 'Profile', page: Profile },
  { key: 'tokens', label: 'API tokens', page: Tokens },
  { key: 'notifications', label: 'Notifications', page: Notifications },
  { key: 'users', label: 'People', page: Users, isAdmin: true },
  { key: 'server', label: 'Server', page: Server, isAdmin: true },
];

/** One's own account, the project's notifications and, for administrators, the installation. */
export default function Settings() {
  const me = useMe();
  const [tab, setTab] = useUrlState('tab', 'profile');
  const tabs = TABS.filter((one) => !one.isAdmin || me.user.is_admin);
  const current = tabs.find((one) => one.key === tab) ?? tabs[0]!;
  return (
    <>
      <PageHeader title="Settings" />
      <Tabs label="Parts of the settings" activeKey={current.key} onChange={setTab} items={tabs.map(({ key, label }) => ({ key, label }))} />
      <Boundary what={current.label} key={current.key}>
        <Suspense fallback={<Skeleton rows={4} height={56} />}>
          <current.page />
        </Suspense>
      </Boundary>
    </>
  );
}

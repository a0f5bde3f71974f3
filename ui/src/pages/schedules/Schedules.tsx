import { PageHeader } from '@/components/PageHeader';

export default function Schedules() {
  return <PageHeader title="Schedules" />;
}

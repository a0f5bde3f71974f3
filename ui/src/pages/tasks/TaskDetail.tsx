import { PageHeader } from '@/components/PageHeader';

export default function TaskDetail() {
  return <PageHeader title="TaskDetail" />;
}

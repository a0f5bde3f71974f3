import { PageHeader } from '@/components/PageHeader';

export default function Tasks() {
  return <PageHeader title="Tasks" />;
}

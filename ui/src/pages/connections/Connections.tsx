import { PageHeader } from '@/components/PageHeader';

export default function Connections() {
  return <PageHeader title="Connections" />;
}

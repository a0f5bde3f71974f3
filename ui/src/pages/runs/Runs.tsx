import { PageHeader } from '@/components/PageHeader';

export default function Runs() {
  return <PageHeader title="Runs" />;
}
